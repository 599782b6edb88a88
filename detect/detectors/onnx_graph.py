"""Change a few fields of an ONNX file in memory, without the ``onnx`` package.

An ONNX file is one protobuf message, a row of numbered fields that may be messages themselves;
the numbers are those of ``onnx/onnx.proto``. Here an input gets another size, and outputs that
nobody wants are left out, so that the runtime leaves out what only they need.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

_GRAPH = 7  # of ModelProto
_INPUT, _OUTPUT, _VALUE_INFO = 11, 12, 13  # of GraphProto
_NAME, _TYPE = 1, 2  # of ValueInfoProto
_TENSOR_TYPE = 1  # of TypeProto
_ELEM_TYPE, _SHAPE = 1, 2  # of TypeProto.Tensor
_DIM = 1  # of TensorShapeProto
_DIM_VALUE, _DIM_PARAM = 1, 2  # of TensorShapeProto.Dimension
_FLOAT = 1  # TensorProto.FLOAT

_VARINT, _BYTES = 0, 2
_WIDTH = {1: 8, 5: 4}
"""Bytes of the wire types of fixed width (protobuf.dev/programming-guides/encoding)."""


class GraphError(Exception):
    """The file is not an ONNX model."""


def with_input_shape(
    model: bytes, shape: Sequence[int | str], *, outputs: Collection[str]
) -> bytes:
    """The model with one float input of another shape, and some of its outputs.

    The shapes that were noted for its other values are left out: they followed from the old one.

    Parameters
    ----------
    shape
        Length of each axis; one with a name may be of any length.
    outputs
        Names of those that are kept.

    Raises
    ------
    GraphError
        The bytes are no ONNX model, or one without those outputs.
    """
    try:
        return b"".join(
            _field(number, wire, _graph(value, shape, outputs))
            if (number, wire) == (_GRAPH, _BYTES)
            else _field(number, wire, value)
            for number, wire, value in _fields(model)
        )
    except (IndexError, UnicodeDecodeError) as error:
        raise GraphError("it ends too early, or is none") from error


def _graph(graph: bytes, shape: Sequence[int | str], outputs: Collection[str]) -> bytes:
    parts, missing = [], set(outputs)
    for number, wire, value in _fields(graph):
        if number == _INPUT:
            parts.append(_field(number, wire, _value_info(_name(value), shape)))
        elif number == _OUTPUT:
            if _name(value) in outputs:
                parts.append(_field(number, wire, _value_info(_name(value), None)))
                missing.discard(_name(value))
        elif number != _VALUE_INFO:
            parts.append(_field(number, wire, value))
    if missing:
        raise GraphError(f"it has no output {', '.join(sorted(missing))}")
    return b"".join(parts)


def _name(value_info: bytes) -> str:
    names = [value for number, _, value in _fields(value_info) if number == _NAME]
    return names[0].decode() if names else ""


def _value_info(name: str, shape: Sequence[int | str] | None) -> bytes:
    """A ValueInfoProto of a float tensor."""
    tensor = _field(_ELEM_TYPE, _VARINT, _varint(_FLOAT))
    if shape is not None:
        dims = b"".join(_field(_DIM, _BYTES, _dimension(length)) for length in shape)
        tensor += _field(_SHAPE, _BYTES, dims)
    of_type = _field(_TENSOR_TYPE, _BYTES, tensor)
    return _field(_NAME, _BYTES, name.encode()) + _field(_TYPE, _BYTES, of_type)


def _dimension(length: int | str) -> bytes:
    if isinstance(length, str):
        return _field(_DIM_PARAM, _BYTES, length.encode())
    return _field(_DIM_VALUE, _VARINT, _varint(length))


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, wire type and value of each field; varints as they are written."""
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        wire, start = key & 7, at
        if wire == _VARINT:
            _, end = _read_varint(message, at)
        elif wire == _BYTES:
            length, start = _read_varint(message, at)
            end = start + length
        elif wire in _WIDTH:
            end = start + _WIDTH[wire]
        else:
            raise GraphError(f"it has a field of the unknown type {wire}")
        if end > len(message):
            raise IndexError
        yield key >> 3, wire, message[start:end]
        at = end


def _field(number: int, wire: int, value: bytes) -> bytes:
    length = _varint(len(value)) if wire == _BYTES else b""
    return _varint(number << 3 | wire) + length + value


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first, the last byte below 128; and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
