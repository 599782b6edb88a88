"""What YuNet says of each cell of its grids, by one head a grid instead of four.

The network ends in heads of two small convolutions each, for each of three grids: is it a face, is
anything there, the box, five points. Each costs more to start than to compute. So those that are
read are put side by side as channels of one, which gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.onnx.graph import with_nodes
from speaker_boxes.detect.onnx.nodes import (
    GRAPH,
    NODE,
    Node,
    node,
    read_node,
    read_weights_of,
    values,
)

Floats = npt.NDArray[np.float32]

STRIDES = (8, 16, 32)
"""Pixels to a cell of its three grids; what it sees is a multiple of the last."""
_KINDS = {"cls": 1, "obj": 1, "bbox": 4}
"""Heads that are read, and their channels."""
APART = [f"{kind}_{stride}" for kind in _KINDS for stride in STRIDES]
"""Outputs of the file that are read; its five points of a face are for nobody here."""
JOINED = [f"joined_{stride}" for stride in STRIDES]
"""The same as logarithms of odds twice and the offsets of the box: (1, ``_WIDTH``, rows,
columns)."""
_WIDTH = 8
"""Channels of a joined head: two have no meaning, but the runtime is quick with eights."""
_MIN_LOGIT = np.float32(-80)
"""Below it the exponential overflows."""
_AFTER = frozenset({"Sigmoid", "Reshape", "Transpose"})
"""What follows a head's convolutions."""


def join_heads(model: bytes) -> bytes | None:
    """The model with the outputs ``JOINED`` as well.

    ``None`` if its heads are of another form, as a quantized file's, or if it is no ONNX file.
    """
    added: list[bytes] = []
    constants: dict[str, Floats] = {}
    try:
        nodes = [read_node(each) for graph in values(model, GRAPH) for each in values(graph, NODE)]
        by_output = {name: each for each in nodes for name in each.outputs}
        weights = read_weights_of(model)
        for stride, output in zip(STRIDES, JOINED, strict=True):
            heads = [
                _head(by_output, weights, f"{kind}_{stride}", n_channels)
                for kind, n_channels in _KINDS.items()
            ]
            (feature,) = {each.feature for each in heads}
            names = [f"{output}_{number}" for number in range(4)]
            for name, parts in zip(
                names, zip(*(each.constants for each in heads), strict=True), strict=True
            ):
                constants[name] = _widened(np.concatenate(parts))
            added += [
                node("Conv", [feature, *names[:2]], f"{output}_between", {"kernel_shape": [1, 1]}),
                node(
                    "Conv", [f"{output}_between", *names[2:]], output,
                    {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "group": _WIDTH},
                ),
            ]  # fmt: skip
    except (KeyError, ValueError, IndexError):
        return None
    return with_nodes(model, added, constants, outputs=JOINED)


@dataclass(frozen=True, slots=True)
class _Head:
    feature: str
    """Name of what it looks at."""
    constants: tuple[Floats, Floats, Floats, Floats]
    """Kernel over channels and its bias, kernel over 3 x 3 cells and its bias."""


def _head(
    by_output: Mapping[str, Node], weights: Mapping[str, Floats], output: str, n_channels: int
) -> _Head:
    """The two convolutions that an output ends with; ``KeyError`` if it does not."""
    second = by_output[output]
    while second.op in _AFTER:
        second = by_output[second.inputs[0]]
    first = by_output[second.inputs[0]]
    across, across_bias, over, over_bias = (
        weights[name] for each in (first, second) for name in each.inputs[1:]
    )
    if across.shape[2:] != (1, 1) or over.shape != (n_channels, 1, 3, 3):
        raise KeyError(output)
    return _Head(first.inputs[0], (across, across_bias, over, over_bias))


def _widened(constant: Floats) -> Floats:
    """With zeros for the channels that mean nothing."""
    return np.concatenate(
        [constant, np.zeros((_WIDTH - len(constant), *constant.shape[1:]))], dtype=np.float32
    )


def read_joined(found: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Score and offsets of each cell, of outputs that are ``JOINED``.

    Parameters
    ----------
    found : (k, _WIDTH, rows, columns) for each grid
        Of k images of one size.

    Returns
    -------
    (k, n), (k, n, 4)
    """
    said = np.concatenate([each.reshape(len(each), _WIDTH, -1) for each in found], axis=2)
    face, thing = (np.reciprocal(1 + np.exp(-np.maximum(said[:, i], _MIN_LOGIT))) for i in range(2))
    return np.sqrt(face * thing), said[:, 2:6].transpose(0, 2, 1)


def read_apart(found: Sequence[Floats]) -> tuple[Floats, Floats]:
    """The same of outputs that are ``APART``: each (k, n, 1), but those of boxes (k, n, 4)."""
    face, thing, offset = (np.concatenate(found[first : first + 3], axis=1) for first in (0, 3, 6))
    return np.sqrt(np.clip(face[..., 0], 0, 1) * np.clip(thing[..., 0], 0, 1)), offset
