"""Nodes and constants of an ONNX graph, written and read; without the ``onnx`` package.

The package would do it too, at 31 MB installed beside the runtime's 78.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.onnx.wire import (
    FLOAT,
    bytes_field,
    number_field,
    read_fields,
    read_varint,
)

GRAPH = 7  # of ModelProto
NODE, TENSOR, INPUT, OUTPUT, VALUE_INFO = 1, 5, 11, 12, 13  # of GraphProto
_NODE_INPUT, _NODE_OUTPUT, _OP_TYPE, _ATTRIBUTE = 1, 2, 4, 5  # of NodeProto
_DIMS, _DATA_TYPE, _TENSOR_NAME, _RAW_DATA = 1, 2, 8, 9  # of TensorProto
_ELEMENTS = {np.dtype(np.float32): FLOAT, np.dtype(np.uint8): 2, np.dtype(np.int64): 7}
_INT, _STRING, _INTS = 2, 3, 7
"""``AttributeProto.AttributeType``."""

Attribute: TypeAlias = int | str | Sequence[int]
Tensor: TypeAlias = npt.NDArray[np.float32] | npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Node:
    """One operation, without its attributes."""

    op: str
    inputs: list[str]
    outputs: list[str]


def read_node(node: bytes) -> Node:
    """What a ``NodeProto`` does, and with which values."""
    inputs, outputs = (
        [name.decode() for name in values(node, number)] for number in (_NODE_INPUT, _NODE_OUTPUT)
    )
    return Node(b"".join(values(node, _OP_TYPE)).decode(), inputs, outputs)


def node(op: str, inputs: Sequence[str], output: str, attributes: Mapping[str, Attribute]) -> bytes:
    """A ``NodeProto``."""
    parts = [bytes_field(_NODE_INPUT, name.encode()) for name in inputs]
    parts += [bytes_field(_NODE_OUTPUT, output.encode()), bytes_field(_OP_TYPE, op.encode())]
    parts += [bytes_field(_ATTRIBUTE, _attribute(*each)) for each in attributes.items()]
    return b"".join(parts)


def tensor(name: str, value: Tensor) -> bytes:
    """A ``TensorProto``: a constant."""
    little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
    dims = b"".join(number_field(_DIMS, length) for length in value.shape)
    kind = number_field(_DATA_TYPE, element(value.dtype.newbyteorder("=")))
    content = bytes_field(_RAW_DATA, little.tobytes())
    return dims + kind + bytes_field(_TENSOR_NAME, name.encode()) + content


def element(dtype: npt.DTypeLike) -> int:
    """``TensorProto.DataType`` of an array's type."""
    return _ELEMENTS[np.dtype(dtype)]


def read_weights_of(model: bytes) -> dict[str, npt.NDArray[np.float32]]:
    """The constants of an ONNX file that are float32, by their names.

    Raises
    ------
    ValueError
        It is no such file.
    """
    try:
        return dict(_weights_of(model))
    except IndexError as error:
        raise ValueError("it breaks off") from error


def _weights_of(model: bytes) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    for graph in values(model, GRAPH):
        for constant in values(graph, TENSOR):
            if [read_varint(kind)[0] for kind in values(constant, _DATA_TYPE)] == [FLOAT]:
                shape = [read_varint(length)[0] for length in values(constant, _DIMS)]
                (name,) = values(constant, _TENSOR_NAME)
                (content,) = values(constant, _RAW_DATA)
                numbers = np.frombuffer(content, dtype="<f4").reshape(shape)
                yield name.decode(), numbers.astype(np.float32)


def values(message: bytes, number: int) -> list[bytes]:
    """All fields of a message with a number."""
    return [value for n, _, value in read_fields(message) if n == number]


def _attribute(name: str, value: Attribute) -> bytes:
    spelled = bytes_field(1, name.encode())
    if isinstance(value, int):
        return spelled + number_field(3, value) + number_field(20, _INT)
    if isinstance(value, str):
        return spelled + bytes_field(4, value.encode()) + number_field(20, _STRING)
    return spelled + b"".join(number_field(8, each) for each in value) + number_field(20, _INTS)
