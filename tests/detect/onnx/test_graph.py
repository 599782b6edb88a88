"""ONNX files changed in memory: what comes out, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.detect.onnx.graph import GraphError, with_input_shape
from speaker_boxes.detect.onnx.nodes import GRAPH, NODE, Node, read_node, values
from speaker_boxes.detect.onnx.session import Session

NAMES = ["cls_8", "bbox_32"]


def test_the_input_takes_its_new_size(yunet_model: Path) -> None:
    """A file made for 640 x 640 runs at 64 x 96, and gives only what was asked for."""
    graph = with_input_shape(yunet_model.read_bytes(), (1, 3, 64, 96), outputs=NAMES)
    session = Session(graph, "yunet")

    found = session.run({"input": np.zeros((1, 3, 64, 96), np.float32)})

    assert session.outputs == NAMES
    assert [each.shape for each in found] == [(1, 8 * 12, 1), (1, 2 * 3, 4)]


def test_an_axis_with_a_name_takes_any_length(yunet_model: Path) -> None:
    """One session, two sizes, the values that sessions of each size give."""
    model = yunet_model.read_bytes()
    any_size = Session(with_input_shape(model, (1, 3, "h", "w"), outputs=NAMES), "yunet")
    rng = np.random.default_rng(0)

    for size in [(64, 96), (192, 32)]:
        pixels = {"input": rng.uniform(0, 255, (1, 3, *size)).astype(np.float32)}
        fixed = Session(with_input_shape(model, (1, 3, *size), outputs=NAMES), "yunet")

        assert [each.tolist() for each in any_size.run(pixels)] == [
            each.tolist() for each in fixed.run(pixels)
        ]


def test_what_nobody_wants_is_not_computed(yunet_model: Path) -> None:
    """The runtime goes through all nodes that are there, needed or not."""
    model = yunet_model.read_bytes()

    graph = with_input_shape(model, (1, 3, 64, 96), outputs=["cls_8"])

    made = {name for each in nodes_of(graph) for name in each.outputs}
    taken = {name for each in nodes_of(graph) for name in each.inputs}
    assert made - taken == {"cls_8"}
    assert 0 < len(nodes_of(graph)) < len(nodes_of(model)) / 2 + 20


def nodes_of(model: bytes) -> list[Node]:
    (graph,) = values(model, GRAPH)
    return [read_node(each) for each in values(graph, NODE)]


def test_a_missing_output_is_named(yunet_model: Path) -> None:
    """Another network's file is told from this one's."""
    with pytest.raises(GraphError, match="it has no output ears"):
        with_input_shape(yunet_model.read_bytes(), (1, 3, 64, 64), outputs=["ears", "cls_8"])


@given(content=st.binary(max_size=200))
def test_what_is_no_model_is_refused_or_left(content: bytes) -> None:
    """Whatever the bytes: the one error, or fields that are none of the graph's."""
    try:
        with_input_shape(content, (1,), outputs=["a"])
    except GraphError:
        return


def test_a_model_that_ends_too_early_is_refused(yunet_model: Path) -> None:
    """As a download that was cut off."""
    with pytest.raises(GraphError, match="ends too early"):
        with_input_shape(yunet_model.read_bytes()[:100_000], (1, 3, 64, 64), outputs=NAMES)
