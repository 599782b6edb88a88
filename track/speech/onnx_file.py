"""A network of ours, written as the bytes of an ONNX file for ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy.typing as npt

from speaker_boxes.detect.onnx.nodes import (
    GRAPH,
    INPUT,
    NODE,
    OUTPUT,
    TENSOR,
    Attribute,
    Tensor,
    element,
    node,
    tensor,
)
from speaker_boxes.detect.onnx.wire import (
    FLOAT,
    Dims,
    bytes_field,
    number_field,
    value_info,
)

_IR_VERSION, _OPSET = 8, 17
"""As PyTorch writes them for opset 17; ONNX Runtime reads them since 1.12."""


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
        output = f"{op.lower()}{len(self._nodes)}"
        names = [each if isinstance(each, str) else self._constant(each) for each in inputs]
        self._nodes.append(node(op, names, output, attributes))
        return output

    def end(self, value: str) -> bytes:
        """Make a value the output, and spell the whole as a file."""
        self._nodes.append(node("Identity", [value], self.output, {}))
        graph = b"".join(
            [
                *(bytes_field(NODE, each) for each in self._nodes),
                bytes_field(2, b"lr-asd"),
                *(bytes_field(TENSOR, each) for each in self._tensors),
                *(
                    bytes_field(INPUT, value_info(name, element(dtype), dims))
                    for name, (dtype, dims) in self.inputs.items()
                ),
                bytes_field(OUTPUT, value_info(self.output, FLOAT, None)),
            ]
        )
        opset = bytes_field(8, bytes_field(1, b"") + number_field(2, _OPSET))
        return number_field(1, _IR_VERSION) + bytes_field(GRAPH, graph) + opset

    def _constant(self, value: Tensor) -> str:
        name = f"constant{len(self._tensors)}"
        self._tensors.append(tensor(name, value))
        return name
