"""YuNet's heads side by side: the numbers of the file's own, and files of another form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.detectors.yunet import Yunet
from speaker_boxes.detect.detectors.yunet_heads import (
    APART,
    JOINED,
    join_heads,
    read_apart,
    read_joined,
)
from speaker_boxes.detect.onnx.graph import with_input_shape
from speaker_boxes.detect.onnx.nodes import GRAPH, NODE, node
from speaker_boxes.detect.onnx.session import Session
from speaker_boxes.detect.onnx.wire import bytes_field, read_fields
from speaker_boxes.sample import clip_path

ANY_SIZE = (1, 3, "height", "width")
BIAS = b"bbox_head.multi_level_obj.1.conv2.bias"


def test_joined_heads_say_what_the_files_own_say(yunet_model: Path) -> None:
    """Of each cell, at sizes that are no square."""
    model = yunet_model.read_bytes()
    more = join_heads(model)
    assert more is not None
    apart = Session(with_input_shape(model, ANY_SIZE, outputs=APART), "apart")
    joined = Session(with_input_shape(more, ANY_SIZE, outputs=JOINED), "joined")
    rng = np.random.default_rng(0)

    for size in [(64, 96), (192, 192), (32, 320)]:
        pixels = {"input": rng.uniform(0, 255, (1, 3, *size)).astype(np.float32)}
        score, offset = read_joined(joined.run(pixels, JOINED))
        expected_score, expected_offset = read_apart(apart.run(pixels, APART))

        # the runtime's own sigmoid is an approximation: off where nothing is, not where faces are
        assert score == pytest.approx(expected_score, abs=2e-5)
        assert offset == pytest.approx(expected_offset, abs=1e-5)
        assert score.max() > 1e-4  # not all the same


def test_a_file_of_another_form_is_run_as_it_is(yunet_model: Path, tmp_path: Path) -> None:
    """As a quantized one, whose weights are made from others when it runs."""
    parts = []
    for number, _, value in read_fields(graph_of(yunet_model)):
        renamed = value.replace(BIAS, BIAS[:-1] + b"S") if number == NODE else value
        parts.append(bytes_field(number, renamed))
    copied = node("Identity", [BIAS.decode()], (BIAS[:-1] + b"S").decode(), {})
    graph = bytes_field(NODE, copied) + b"".join(parts)
    own = tmp_path / "own.onnx"
    own.write_bytes(
        b"".join(
            bytes_field(number, graph) if number == GRAPH else header(number, wire, value)
            for number, wire, value in read_fields(yunet_model.read_bytes())
        )
    )
    with open_video(clip_path()) as video:
        image = next(video.frames()).picture.resized_crop((100, 0, 460, 360), 192, 192)

    found, expected = Yunet(own).detect(image), Yunet(yunet_model).detect(image)

    assert join_heads(own.read_bytes()) is None
    assert len(found) >= 1
    assert found.box == pytest.approx(expected.box, abs=1e-3)
    assert found.score == pytest.approx(expected.score, abs=1e-5)


@given(content=st.binary(max_size=200))
def test_what_is_no_model_has_no_heads(content: bytes) -> None:
    """Whatever the bytes."""
    assert join_heads(content) is None


def graph_of(model: Path) -> bytes:
    (graph,) = (value for number, _, value in read_fields(model.read_bytes()) if number == GRAPH)
    return graph


def header(number: int, wire: int, value: bytes) -> bytes:
    """A field as it was."""
    return bytes_field(number, value) if wire == 2 else bytes([number << 3 | wire]) + value
