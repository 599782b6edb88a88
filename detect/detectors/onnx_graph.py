"""Change a few fields of an ONNX file in memory, without the ``onnx`` package.

An input gets another size, and outputs that nobody wants are left out, so that the runtime leaves
out what only they need.
"""

from __future__ import annotations

from collections.abc import Collection

from speaker_boxes.detect.detectors.onnx_wire import (
    BYTES,
    FLOAT,
    Dims,
    read_fields,
    value_info,
    varint,
)

_GRAPH = 7  # of ModelProto
_INPUT, _OUTPUT, _VALUE_INFO = 11, 12, 13  # of GraphProto
_NAME = 1  # of ValueInfoProto


class GraphError(Exception):
    """The file is not an ONNX model."""


def with_input_shape(model: bytes, shape: Dims, *, outputs: Collection[str]) -> bytes:
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
            if (number, wire) == (_GRAPH, BYTES)
            else _field(number, wire, value)
            for number, wire, value in read_fields(model)
        )
    except (IndexError, UnicodeDecodeError) as error:
        raise GraphError("it ends too early, or is none") from error
    except ValueError as error:
        raise GraphError(str(error)) from error


def _graph(graph: bytes, shape: Dims, outputs: Collection[str]) -> bytes:
    parts, missing = [], set(outputs)
    for number, wire, value in read_fields(graph):
        if number == _INPUT:
            parts.append(_field(number, wire, value_info(_name(value), FLOAT, shape)))
        elif number == _OUTPUT:
            if _name(value) in outputs:
                parts.append(_field(number, wire, value_info(_name(value), FLOAT, None)))
                missing.discard(_name(value))
        elif number != _VALUE_INFO:
            parts.append(_field(number, wire, value))
    if missing:
        raise GraphError(f"it has no output {', '.join(sorted(missing))}")
    return b"".join(parts)


def _name(info: bytes) -> str:
    names = [value for number, _, value in read_fields(info) if number == _NAME]
    return names[0].decode() if names else ""


def _field(number: int, wire: int, value: bytes) -> bytes:
    length = varint(len(value)) if wire == BYTES else b""
    return varint(number << 3 | wire) + length + value
