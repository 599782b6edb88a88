"""Change a few fields of an ONNX file in memory, without the ``onnx`` package.

An input gets another size, nodes are added, and outputs that nobody wants are left out with all
that only they need: the runtime would go on computing it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from speaker_boxes.detect.onnx.nodes import (
    GRAPH,
    INPUT,
    NODE,
    OUTPUT,
    TENSOR,
    VALUE_INFO,
    Tensor,
    read_node,
    tensor,
    values,
)
from speaker_boxes.detect.onnx.wire import (
    BYTES,
    FLOAT,
    Dims,
    bytes_field,
    read_fields,
    value_info,
    varint,
)

_NAME = 1  # of ValueInfoProto


class GraphError(Exception):
    """The file is not an ONNX model."""


def with_nodes(
    model: bytes,
    nodes: Iterable[bytes],
    constants: Mapping[str, Tensor],
    *,
    outputs: Iterable[str],
) -> bytes:
    """The model with more at its end.

    Parameters
    ----------
    nodes
        As ``nodes.node`` makes them.
    outputs
        Which of their values come out too; float32.
    """
    more = [
        *(bytes_field(NODE, each) for each in nodes),
        *(bytes_field(TENSOR, tensor(*each)) for each in constants.items()),
        *(bytes_field(OUTPUT, value_info(each, FLOAT, None)) for each in outputs),
    ]
    return b"".join(
        _field(number, wire, value + b"".join(more) if number == GRAPH else value)
        for number, wire, value in read_fields(model)
    )


def with_input_shape(model: bytes, shape: Dims, *, outputs: Collection[str]) -> bytes:
    """The model with one float input of another shape, and some of its outputs.

    The shapes that were noted for its other values are left out: they followed from the old one.
    So are nodes whose values nobody takes; none may have a graph of its own.

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
            if (number, wire) == (GRAPH, BYTES)
            else _field(number, wire, value)
            for number, wire, value in read_fields(model)
        )
    except (IndexError, UnicodeDecodeError) as error:
        raise GraphError("it ends too early, or is none") from error
    except ValueError as error:
        raise GraphError(str(error)) from error


def _graph(graph: bytes, shape: Dims, outputs: Collection[str]) -> bytes:
    used = _used_nodes(graph, outputs)
    parts, missing = [], set(outputs)
    for number, wire, value in read_fields(graph):
        if number == INPUT:
            parts.append(_field(number, wire, value_info(_name(value), FLOAT, shape)))
        elif number == OUTPUT:
            if _name(value) in outputs:
                parts.append(_field(number, wire, value_info(_name(value), FLOAT, None)))
                missing.discard(_name(value))
        elif number == NODE:
            if value in used:
                parts.append(_field(number, wire, value))
        elif number != VALUE_INFO:
            parts.append(_field(number, wire, value))
    if missing:
        raise GraphError(f"it has no output {', '.join(sorted(missing))}")
    return b"".join(parts)


def _used_nodes(graph: bytes, outputs: Collection[str]) -> set[bytes]:
    """Nodes that the outputs need; each stands behind those whose values it takes."""
    wanted, used = set(outputs), set()
    for each in reversed(values(graph, NODE)):
        node = read_node(each)
        if not wanted.isdisjoint(node.outputs):
            wanted.update(node.inputs)
            used.add(each)
    return used


def _name(info: bytes) -> str:
    names = values(info, _NAME)
    return names[0].decode() if names else ""


def _field(number: int, wire: int, value: bytes) -> bytes:
    length = varint(len(value)) if wire == BYTES else b""
    return varint(number << 3 | wire) + length + value
