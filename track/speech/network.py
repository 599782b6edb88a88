"""LR-ASD, ready to run: what is seen of a face, what is heard, and how much of it is speaking."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.detectors.model_download import LR_ASD, local_model
from speaker_boxes.detect.onnx.session import Floats, Session
from speaker_boxes.errors import ModelError
from speaker_boxes.track.speech.lr_asd import (
    CONTEXT,
    audio_graph,
    lips_graph,
    speaking_graph,
    visual_graph,
)
from speaker_boxes.track.speech.weights import Weights, read_weights

Embedding = npt.NDArray[np.float32]
"""Shape (n, 128): 25 a second."""
FacePictures = npt.NDArray[np.uint8]
"""Shape (n, 112, 112): grey pictures of one face in time."""

_BATCH = 160
"""Pictures that are looked at together: six seconds, 230 MB of working memory."""


def open_network(*, model: Path | None = None) -> Network:
    """Load LR-ASD; on first use its weights are fetched from where its authors keep them.

    Parameters
    ----------
    model
        A local file to use instead; else the environment variable SPEAKER_BOXES_LR_ASD may
        name one.

    Raises
    ------
    ModelError
        The weights are not here and cannot be fetched, or are something else.
    """
    return Network(read_weights(local_model(LR_ASD, path=model)))


class Network:
    """The parts of LR-ASD, each on one thread."""

    def __init__(self, weights: Weights) -> None:
        try:
            graphs = [
                build(weights) for build in (visual_graph, audio_graph, speaking_graph, lips_graph)
            ]
        except (ValueError, IndexError) as error:
            raise ModelError(f"the model is not LR-ASD: {error}") from error
        sessions = [Session(graph, "the model as LR-ASD") for graph in graphs]
        self._visual, self._audio, self._speaking, self._lips = sessions

    def see(self, faces: FacePictures) -> Embedding:
        """Look at one face, 25 pictures a second: (n, 112, 112) to (n, 128).

        Done in batches that overlap, so that each picture has the same neighbours as in one go.
        """
        n = len(faces)
        out = np.empty((n, 128), dtype=np.float32)
        for start in range(0, n, _BATCH):
            end = min(n, start + _BATCH)
            first, last = max(0, start - CONTEXT), min(n, end + CONTEXT)
            seen = self._visual.run({"faces": faces[first:last]})[0]
            out[start:end] = seen[start - first : end - first]
        return out

    def hear(self, features: Floats) -> Embedding:
        """Listen: audio features (4 n, 13), from ``mfcc``, to (n, 128)."""
        return self._audio.run({"features": features})[0]

    def speaking(self, seen: Embedding, heard: Embedding) -> Floats:
        """Score k windows of one length.

        Parameters
        ----------
        seen, heard : (k, n, 128)

        Returns
        -------
        (k, n) float32
            The raw logit of "speaking": some -4 to 5, higher is more. Not a probability.
        """
        return self._speaking.run({"heard": heard, "seen": seen})[0]

    def lips(self, seen: Embedding) -> Floats:
        """Score what is seen alone: (n, 128) to (n,) logits, on a scale of their own."""
        return self._lips.run({"seen": seen})[0]
