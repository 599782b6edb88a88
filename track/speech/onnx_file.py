"""A network as the bytes of an ONNX file: written for ONNX Runtime, or its weights read.

A network needs few of ONNX's fields. The package ``onnx`` would write them too, at 31 MB installed
beside the runtime's 78.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.detectors.onnx_wire import (
    FLOAT,
    Dims,
    bytes_field,
    number_field,
    read_fields,
    read_varint,
    value_info,
)

Attribute: TypeAlias = int | str | Sequence[int]
Tensor: TypeAlias = npt.NDArray[np.float32] | npt.NDArray[np.int64]

_IR_VERSION, _OPSET = 8, 17
"""As PyTorch writes them for opset 17; ONNX Runtime reads them since 1.12."""
_ELEMENTS = {np.dtype(np.float32): FLOAT, np.dtype(np.uint8): 2, np.dtype(np.int64): 7}
_INT, _STRING, _INTS = 2, 3, 7
"""``AttributeProto.AttributeType``."""


@dataclass(slots=True)
class Graph:
    """A network that is built node by node."""

    inputs: Mapping[str, tuple[npt.DTypeLike, Dims]]
    output: str
    """Which value comes out; float32."""
    _nodes: list[bytes] = field(default_factory=list)
    _tensors: list[bytes] = field(default_factory=list)

    def add(self, op: str, inputs: Sequence[str | Tensor], **attributes: Attribute) -> str:
        """Add a node; an array among its inputs becomes a constant. Gives the output's name."""
        number = len(self._nodes)
        names = [each if isinstance(each, str) else self._constant(each) for each in inputs]
        return self._node(op, names, f"{op.lower()}{number}", attributes)

    def end(self, value: str) -> bytes:
        """Make a value the output, and spell the whole as a file."""
        self._node("Identity", [value], self.output, {})
        graph = b"".join(
            [
                *(bytes_field(1, node) for node in self._nodes),
                bytes_field(2, b"lr-asd"),
                *(bytes_field(5, tensor) for tensor in self._tensors),
                *(
                    bytes_field(11, value_info(name, _element(dtype), dims))
                    for name, (dtype, dims) in self.inputs.items()
                ),
                bytes_field(12, value_info(self.output, FLOAT, None)),
            ]
        )
        opset = bytes_field(8, bytes_field(1, b"") + number_field(2, _OPSET))
        return number_field(1, _IR_VERSION) + bytes_field(7, graph) + opset

    def _node(
        self, op: str, inputs: Sequence[str], output: str, attributes: Mapping[str, Attribute]
    ) -> str:
        parts = [bytes_field(1, name.encode()) for name in inputs]
        parts += [bytes_field(2, output.encode()), bytes_field(4, op.encode())]
        parts += [bytes_field(5, _attribute(name, value)) for name, value in attributes.items()]
        self._nodes.append(b"".join(parts))
        return output

    def _constant(self, value: Tensor) -> str:
        name = f"constant{len(self._tensors)}"
        little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
        dims = b"".join(number_field(1, length) for length in value.shape)
        kind = number_field(2, _element(value.dtype.newbyteorder("=")))
        content = bytes_field(9, little.tobytes())
        self._tensors.append(dims + kind + bytes_field(8, name.encode()) + content)
        return name


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
    for graph in _values(model, 7):
        for tensor in _values(graph, 5):
            if [read_varint(kind)[0] for kind in _values(tensor, 2)] == [FLOAT]:
                shape = [read_varint(length)[0] for length in _values(tensor, 1)]
                (name,) = _values(tensor, 8)
                (content,) = _values(tensor, 9)
                values = np.frombuffer(content, dtype="<f4").reshape(shape)
                yield name.decode(), values.astype(np.float32)


def _values(message: bytes, number: int) -> list[bytes]:
    return [value for n, _, value in read_fields(message) if n == number]


def _attribute(name: str, value: Attribute) -> bytes:
    spelled = bytes_field(1, name.encode())
    if isinstance(value, int):
        return spelled + number_field(3, value) + number_field(20, _INT)
    if isinstance(value, str):
        return spelled + bytes_field(4, value.encode()) + number_field(20, _STRING)
    return spelled + b"".join(number_field(8, each) for each in value) + number_field(20, _INTS)


def _element(dtype: npt.DTypeLike) -> int:
    return _ELEMENTS[np.dtype(dtype)]
