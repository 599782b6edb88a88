"""The layers of LR-ASD as ONNX graphs, built from its weights.

LR-ASD (Liao, Duan, Feng, Zhao, Yang and Chen 2025, "LR-ASD: Lightweight and Robust Network for
Active Speaker Detection", IJCV; github.com/Junhua-Liao/LR-ASD, MIT) looks at a face with 3-D
convolutions that are split into space and time, hears through the same in two dimensions, and
puts both together with a gate and a GRU in each direction.

Three graphs, so that what is dear is done once a face: ``visual``, ``audio``, and ``speaking``,
which is done for each window. A convolution over time is one over a (time, pixels) picture here,
and norms are folded into weights: half the time of the layers as they are written.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from speaker_boxes.errors import ModelError
from speaker_boxes.track.speech.onnx_file import Graph
from speaker_boxes.track.speech.weights import Weights

SIDE = 112
"""Pixels of the square grey pictures of a face."""
N_COEFFICIENTS = 13
PER_PICTURE = 4
"""Rows of audio features a picture: one in 10 ms, at 25 pictures a second."""
CONTEXT = 9
"""Pictures on either side that the result for one depends on: 2 + 1 in each of three blocks."""

_WIDTH = 128
_HIDDEN = 64
_MEAN, _DEVIATION = 0.4161, 0.1688
"""Of grey values as parts of 255, from LR-ASD's ``model/Model.py``."""
_EPSILON = 0.001
"""Of all norms."""
_BLOCKS = ("block1", "block2", "block3")

_Floats = npt.NDArray[np.float32]


def visual_graph(weights: Weights) -> bytes:
    """From pictures (n, 112, 112) uint8 in time to (n, 128)."""
    graph = Graph({"faces": (np.uint8, ["n", SIDE, SIDE])}, "seen")
    x = graph.add("Cast", ["faces"], to=1)
    x = graph.add("Mul", [x, _float(1 / (255 * _DEVIATION))])
    x = graph.add("Add", [x, _float(-_MEAN / _DEVIATION)])
    x = graph.add("Unsqueeze", [x, _ints(1)])
    for block, side in zip(_BLOCKS, (SIDE // 2, SIDE // 4, SIDE // 8), strict=True):
        name = f"visualEncoder.{block}"
        strides = (2, 2) if block == "block1" else (1, 1)
        x = _convolve(graph, weights, x, f"{name}.s", 1, axes=(3, 4), strides=strides)
        x = _convolve(graph, weights, x, f"{name}.s", 2, axes=(3, 4))
        x = _over_time(graph, weights, x, f"{name}.t", side)
        if block != "block3":
            x = _to_pictures(graph, x, side)
            pool = {"kernel_shape": (3, 3), "strides": (2, 2), "pads": (1, 1, 1, 1)}
            x = graph.add("MaxPool", [x], **pool)
    # (1, channels, n, pixels) to (n, channels)
    x = graph.add("MaxPool", [x], kernel_shape=(1, (SIDE // 8) ** 2))
    return graph.end(graph.add("Transpose", [graph.add("Squeeze", [x, _ints(0, 3)])], perm=(1, 0)))


def _over_time(graph: Graph, weights: Weights, x: str, layer: str, side: int) -> str:
    """The two convolutions over time: (n, channels, side, side) to (1, channels, n, side * side).

    With channels last, pictures of one size are a (time, pixels) picture as they lie in memory.
    ONNX Runtime does these transpositions while it puts channels into blocks and back; others
    took a sixteenth of the whole.
    """
    x = graph.add("Transpose", [x], perm=(0, 2, 3, 1))
    x = graph.add("Reshape", [x, _ints(1, -1, side * side, 0)])
    x = graph.add("Transpose", [x], perm=(0, 3, 1, 2))
    x = _convolve(graph, weights, x, layer, 1, axes=(2, 3))
    return _convolve(graph, weights, x, layer, 2, axes=(2, 3))


def _to_pictures(graph: Graph, x: str, side: int) -> str:
    """From (1, channels, n, side * side) back to (n, channels, side, side)."""
    x = graph.add("Transpose", [x], perm=(0, 2, 3, 1))
    x = graph.add("Reshape", [x, _ints(-1, side, side, 0)])
    return graph.add("Transpose", [x], perm=(0, 3, 1, 2))


def audio_graph(weights: Weights) -> bytes:
    """From features (4 n, 13) to (n, 128)."""
    graph = Graph({"features": (np.float32, ["rows", N_COEFFICIENTS])}, "heard")
    x = graph.add("Transpose", ["features"], perm=(1, 0))
    x = graph.add("Unsqueeze", [x, _ints(0, 1)])
    for block in _BLOCKS:
        name = f"audioEncoder.{block}"
        for kind in ("m", "t"):
            x = _convolve(graph, weights, x, f"{name}.{kind}", 1, axes=(2, 3))
            x = _convolve(graph, weights, x, f"{name}.{kind}", 2, axes=(2, 3))
        if block != "block3":
            pool = {"kernel_shape": (1, 3), "strides": (1, 2), "pads": (0, 1, 0, 1)}
            x = graph.add("MaxPool", [x], **pool)
    x = graph.add("ReduceMean", [x], axes=(0, 2), keepdims=0)
    return graph.end(graph.add("Transpose", [x], perm=(1, 0)))


def speaking_graph(weights: Weights) -> bytes:
    """From both of k windows, (k, n, 128) each, to (k, n): the logit of "speaking"."""
    dims: list[int | str] = ["k", "n", _WIDTH]
    graph = Graph({"heard": (np.float32, dims), "seen": (np.float32, dims)}, "speaking")
    x = graph.add("Concat", ["heard", "seen"], axis=2)
    x = _gate(graph, weights, x, "fusion")
    x = graph.add("Transpose", [x], perm=(1, 0, 2))
    gru = [np.stack(each) for each in zip(*(_gru(weights, w) for w in _DIRECTIONS), strict=True)]
    x = graph.add(
        "GRU", [x, *gru], hidden_size=_HIDDEN, direction="bidirectional", linear_before_reset=1
    )
    # (n, 2, k, 64) to (k, n, 128)
    x = graph.add("Transpose", [x], perm=(2, 0, 1, 3))
    x = graph.add("Reshape", [x, _ints(0, 0, _WIDTH)])
    x = _gate(graph, weights, x, "detector.attention")
    last = _get(weights, "lossAV.FC.weight")[1:].T, _get(weights, "lossAV.FC.bias")[1:]
    x = graph.add("Add", [graph.add("MatMul", [x, last[0]]), last[1]])
    return graph.end(graph.add("Squeeze", [x, _ints(2)]))


def lips_graph(weights: Weights) -> bytes:
    """From what is seen, (n, 128), to (n,): the logit of "speaking" by lips alone.

    The head that helped to train the visual part.
    """
    graph = Graph({"seen": (np.float32, ["n", _WIDTH])}, "speaking")
    weight, bias = _get(weights, "lossV.FC.weight")[1:].T, _get(weights, "lossV.FC.bias")[1:]
    x = graph.add("Add", [graph.add("MatMul", ["seen", weight]), bias])
    return graph.end(graph.add("Squeeze", [x, _ints(1)]))


_DIRECTIONS = ("detector.gru_forward", "detector.gru_backward")


def _convolve(
    graph: Graph,
    weights: Weights,
    x: str,
    layer: str,
    number: int,
    *,
    axes: tuple[int, int],
    strides: tuple[int, int] = (1, 1),
) -> str:
    """A convolution that keeps the size, its norm and ReLU.

    ``axes`` are the two of the kernel's that are kept; what is left of it has length 1.
    """
    kernel = _get(weights, f"{layer}_{number}.weight")
    scale, shift = _norm(weights, f"{layer}_norm_{number}")
    shape = (kernel.shape[0], kernel.shape[1], kernel.shape[axes[0]], kernel.shape[axes[1]])
    folded = kernel.reshape(shape) * scale[:, None, None, None]
    pads = [length // 2 for length in shape[2:]] * 2
    x = graph.add(
        "Conv", [x, folded, shift], kernel_shape=shape[2:], pads=tuple(pads), strides=strides
    )
    return graph.add("Relu", [x])


def _gate(graph: Graph, weights: Weights, x: str, name: str) -> str:
    """Multiply each channel by what all say of it: sigmoid, norm, convolution of length 1."""
    scale, shift = _norm(weights, f"{name}.bn")
    mix = _get(weights, f"{name}.attention.weight")[:, :, 0] * scale[:, None]
    gate = graph.add("Add", [graph.add("MatMul", [x, mix.T]), shift])
    return graph.add("Mul", [x, graph.add("Sigmoid", [gate])])


def _gru(weights: Weights, name: str) -> tuple[_Floats, _Floats, _Floats]:
    """Weights of one direction; PyTorch's gates are r, z, n, those of ONNX z, r, n."""

    def turned(kind: str) -> _Floats:
        r, z, n = np.split(_get(weights, f"{name}.{kind}_l0"), 3)
        return np.concatenate([z, r, n])

    bias = np.concatenate([turned("bias_ih"), turned("bias_hh")])
    return turned("weight_ih"), turned("weight_hh"), bias


def _norm(weights: Weights, name: str) -> tuple[_Floats, _Floats]:
    """What a norm multiplies by and adds."""
    mean, variance = (_get(weights, f"{name}.running_{kind}") for kind in ("mean", "var"))
    scale = _get(weights, f"{name}.weight").astype(np.float64) / np.sqrt(variance + _EPSILON)
    shift = _get(weights, f"{name}.bias") - mean * scale
    return scale.astype(np.float32), shift.astype(np.float32)


def _ints(*values: int) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def _float(value: float) -> _Floats:
    return np.array([value], dtype=np.float32)


def _get(weights: Weights, name: str) -> _Floats:
    if name not in weights:
        raise ModelError(f"the model is not LR-ASD: it has no {name}")
    return weights[name]
