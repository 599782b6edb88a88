"""The layers of Silero VAD in NumPy: small, and one face alone then needs no ONNX Runtime.

To load the runtime and the model into it takes longer than all that is heard in a short clip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.onnx.nodes import read_weights_of

CHUNK, CONTEXT = 512, 64
"""Samples a probability, and samples before them that it hears too; as in Silero's
``utils_vad.py``."""

_WINDOW, _STEP = 256, 128
"""Of the spectrum: samples, and samples from one to the next."""
_STRIDES = (1, 2, 2, 1)
_WIDTH = 128
"""Numbers that it remembers, twice."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """What was heard before."""

    output: Floats
    cell: Floats


NOTHING_HEARD = Memory(np.zeros(_WIDTH, dtype=np.float32), np.zeros(_WIDTH, dtype=np.float32))


class VoiceNetwork:
    """Silero VAD 6.2 for 16 kHz, from its ONNX file.

    Raises
    ------
    ValueError
        The file is another network's.
    """

    def __init__(self, model: bytes) -> None:
        weights = read_weights_of(model)
        try:
            # cosines and sines that a window tapers: the first cosine is 1
            self._taper = weights["stft.forward_basis_buffer"][0, 0]
            self._layers = [
                (weights[f"encoder.{i}.weight"], weights[f"encoder.{i}.bias"]) for i in range(4)
            ]
            self._input, self._recurrent = (
                weights[f"onnx::LSTM_{number}"][0] for number in (209, 210)
            )
            # one of the input's and one of the recurrent part's
            self._bias = weights["onnx::LSTM_211"].reshape(2, -1).sum(axis=0)
            self._last = weights["output.weight"][0, :, 0], weights["output.bias"]
        except KeyError as error:
            raise ValueError(f"it has no weights {error}") from error

    def run(self, chunks: Floats, before: Memory = NOTHING_HEARD) -> tuple[Floats, Memory]:
        """Listen on.

        Parameters
        ----------
        chunks : (n, 576)
            Samples in [-1, 1), each row with the last 64 of the row before it.

        Returns
        -------
        (n,) float32 in [0, 1]
            That somebody speaks.
        Memory
            For what follows.
        """
        x = self._spectra(chunks)
        for (kernel, bias), stride in zip(self._layers, _STRIDES, strict=True):
            x = np.maximum(_convolve(x, kernel, stride) + bias, 0)
        outputs, memory = self._remember(x[:, 0], before)
        weight, bias = self._last
        return _sigmoid(np.einsum("nj,j->n", np.maximum(outputs, 0), weight) + bias), memory

    def _spectra(self, chunks: Floats) -> Floats:
        """How much of each frequency: (n, 4, 129)."""
        padded = np.pad(chunks, ((0, 0), (0, CONTEXT)), mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW, axis=1)[:, ::_STEP]
        return np.abs(np.fft.rfft(windows * self._taper, axis=2)).astype(np.float32)

    def _remember(self, x: Floats, before: Memory) -> tuple[Floats, Memory]:
        """An LSTM with the gates in ONNX's order, input, output, forget, cell: (n, 128)."""
        # not ``@``: BLAS shares such small products out to threads, which then wait in circles
        gates = np.einsum("nj,kj->nk", x, self._input) + self._bias
        out = np.empty_like(x)
        output, cell = before.output, before.cell
        for i, gate in enumerate(gates):
            new = (gate + np.einsum("kj,j->k", self._recurrent, output)).reshape(4, _WIDTH)
            taken, given, kept = _sigmoid(new[:3])
            cell = kept * cell + taken * np.tanh(new[3])
            output = given * np.tanh(cell)
            out[i] = output
        return out, Memory(output, cell)


def _convolve(x: Floats, kernel: Floats, stride: int) -> Floats:
    """Over time, with a zero on either side: (n, t, channels) to (n, t / stride, more)."""
    padded = np.pad(x, ((0, 0), (1, 1), (0, 0)))
    # (n, t, channels, 3)
    around = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[2], axis=1)[:, ::stride]
    rows = around.reshape(*around.shape[:2], -1)
    # a product a chunk, each too small to be shared out
    return np.asarray(rows @ kernel.reshape(len(kernel), -1).T)


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x))
