"""ONNX files of our own hand: ONNX Runtime reads what was meant."""

from __future__ import annotations

import numpy as np
import pytest

from speaker_boxes.detect.onnx.session import Session
from speaker_boxes.errors import ModelError
from speaker_boxes.track.speech.onnx_file import Graph


def test_a_graph_computes_what_it_says() -> None:
    """Constants, attributes of each kind, a free axis, more than 127 bytes."""
    weight = np.arange(600, dtype=np.float32).reshape(3, 200)
    graph = Graph({"x": (np.float32, ["n", 200])}, "y")
    x = graph.add("Gemm", ["x", weight], transB=1)
    x = graph.add("Transpose", [x], perm=(1, 0))
    x = graph.add("Reshape", [x, np.array([-1], np.int64)])
    session = Session(graph.end(x), "made")
    given = np.linspace(-1, 1, 400, dtype=np.float32).reshape(2, 200)

    (found,) = session.run({"x": given})

    assert found == pytest.approx((given @ weight.T).T.ravel(), rel=1e-5)


def test_layers_that_do_not_fit_are_refused() -> None:
    """As ``ModelError``, with the name that was given."""
    graph = Graph({"x": (np.float32, ["n", 4])}, "y")
    x = graph.add("MatMul", ["x", np.zeros((5, 2), np.float32)])

    with pytest.raises(ModelError, match="cannot load made: "):
        Session(graph.end(x), "made")
