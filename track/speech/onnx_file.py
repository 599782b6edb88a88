"""A network as the bytes of an ONNX file, for ONNX Runtime to read from memory.

ONNX is Protocol Buffers: numbered fields, of which a network needs few. Their numbers are those
of ``onnx.proto`` (Apache-2.0, github.com/onnx/onnx) and never change. The package ``onnx`` would
write them too, at 31 MB installed beside the runtime's 78.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Attribute: TypeAlias = int | str | Sequence[int]
Tensor: TypeAlias = npt.NDArray[np.float32] | npt.NDArray[np.int64]
Dims: TypeAlias = Sequence[int | str]
"""Length of each axis, or a name where it is free."""

_IR_VERSION, _OPSET = 8, 17
"""As PyTorch writes them for opset 17; ONNX Runtime reads them since 1.12."""
_ELEMENTS = {np.dtype(np.float32): 1, np.dtype(np.uint8): 2, np.dtype(np.int64): 7}
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
                *(_bytes(1, node) for node in self._nodes),
                _bytes(2, b"lr-asd"),
                *(_bytes(5, tensor) for tensor in self._tensors),
                *(_bytes(11, _value(name, *kind)) for name, kind in self.inputs.items()),
                _bytes(12, _value(self.output, np.float32, None)),
            ]
        )
        opset = _bytes(8, _bytes(1, b"") + _number(2, _OPSET))
        return _number(1, _IR_VERSION) + _bytes(7, graph) + opset

    def _node(
        self, op: str, inputs: Sequence[str], output: str, attributes: Mapping[str, Attribute]
    ) -> str:
        parts = [_bytes(1, name.encode()) for name in inputs]
        parts += [_bytes(2, output.encode()), _bytes(4, op.encode())]
        parts += [_bytes(5, _attribute(name, value)) for name, value in attributes.items()]
        self._nodes.append(b"".join(parts))
        return output

    def _constant(self, value: Tensor) -> str:
        name = f"constant{len(self._tensors)}"
        little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
        dims = b"".join(_number(1, length) for length in value.shape)
        kind = _number(2, _ELEMENTS[value.dtype.newbyteorder("=")])
        self._tensors.append(dims + kind + _bytes(8, name.encode()) + _bytes(9, little.tobytes()))
        return name


def _attribute(name: str, value: Attribute) -> bytes:
    spelled = _bytes(1, name.encode())
    if isinstance(value, int):
        return spelled + _number(3, value) + _number(20, _INT)
    if isinstance(value, str):
        return spelled + _bytes(4, value.encode()) + _number(20, _STRING)
    return spelled + b"".join(_number(8, each) for each in value) + _number(20, _INTS)


def _value(name: str, dtype: npt.DTypeLike, dims: Dims | None) -> bytes:
    """A ``ValueInfoProto``: name, element type, and the shape if it is known."""
    tensor = _number(1, _ELEMENTS[np.dtype(dtype)])
    if dims is not None:
        spelled = [
            _number(1, each) if isinstance(each, int) else _bytes(2, each.encode()) for each in dims
        ]
        tensor += _bytes(2, b"".join(_bytes(1, each) for each in spelled))
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, tensor))


def _number(tag: int, value: int) -> bytes:
    return _varint(tag << 3) + _varint(value)


def _bytes(tag: int, value: bytes) -> bytes:
    return _varint(tag << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; a negative number counts as 64 bits wide."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
