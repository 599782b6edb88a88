"""Parts of an ONNX file as bytes, without the ``onnx`` package.

ONNX is Protocol Buffers: a message is a row of numbered fields, which may be messages themselves.
The numbers are those of ``onnx.proto`` (Apache-2.0, github.com/onnx/onnx) and never change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

VARINT, BYTES = 0, 2
"""Wire types (protobuf.dev/programming-guides/encoding)."""
_WIDTH = {1: 8, 5: 4}
"""Bytes of the wire types of fixed width."""
FLOAT = 1
"""``TensorProto.FLOAT``."""
Dims = Sequence[int | str]
"""Length of each axis, or a name where it may be any."""

_NAME, _TYPE = 1, 2  # of ValueInfoProto
_TENSOR_TYPE = 1  # of TypeProto
_ELEM_TYPE, _SHAPE = 1, 2  # of TypeProto.Tensor
_DIM = 1  # of TensorShapeProto
_DIM_VALUE, _DIM_PARAM = 1, 2  # of TensorShapeProto.Dimension


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; a negative number counts as 64 bits wide."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def number_field(number: int, value: int) -> bytes:
    """A field that is a whole number."""
    return varint(number << 3 | VARINT) + varint(value)


def bytes_field(number: int, value: bytes) -> bytes:
    """A field that is a text, bytes or a message."""
    return varint(number << 3 | BYTES) + varint(len(value)) + value


def read_fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, wire type and value of each field; varints as they are written.

    Raises
    ------
    IndexError
        The message breaks off.
    ValueError
        A field is of an unknown type.
    """
    at = 0
    while at < len(message):
        key, at = read_varint(message, at)
        wire, start = key & 7, at
        if wire == VARINT:
            _, end = read_varint(message, at)
        elif wire == BYTES:
            length, start = read_varint(message, at)
            end = start + length
        elif wire in _WIDTH:
            end = start + _WIDTH[wire]
        else:
            raise ValueError(f"it has a field of the unknown type {wire}")
        if end > len(message):
            raise IndexError
        yield key >> 3, wire, message[start:end]
        at = end


def read_varint(message: bytes, at: int = 0) -> tuple[int, int]:
    """Seven bits a byte, the lowest first, the last byte below 128; and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def value_info(name: str, element: int, dims: Dims | None) -> bytes:
    """A ``ValueInfoProto``: name, element type, and the shape if it is known."""
    tensor = number_field(_ELEM_TYPE, element)
    if dims is not None:
        shape = b"".join(bytes_field(_DIM, _dimension(length)) for length in dims)
        tensor += bytes_field(_SHAPE, shape)
    kind = bytes_field(_TENSOR_TYPE, tensor)
    return bytes_field(_NAME, name.encode()) + bytes_field(_TYPE, kind)


def _dimension(length: int | str) -> bytes:
    if isinstance(length, str):
        return bytes_field(_DIM_PARAM, length.encode())
    return number_field(_DIM_VALUE, length)
