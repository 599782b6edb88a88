"""Audio features as LR-ASD was trained on: mel cepstra as ``python_speech_features`` makes them.

Ours give what ``python_speech_features.mfcc`` 0.6 (James Lyons, MIT) gives with its defaults for
16 kHz; nearly every constant here is such a default.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

RATE = 16_000
"""Samples a second."""
STEP = 160
"""Samples from one row of features to the next: 10 ms."""
_WINDOW = 400
N_SAMPLES_MORE = _WINDOW - STEP
"""Samples that the last row needs beyond its step."""

_FFT = 512
_MELS = 26
_KEPT = 13
_PRE_EMPHASIS = 0.97
_LIFTER = 22
_BLOCK = 6000
"""Rows at once: a minute, 25 MB of spectra."""

_Floats = npt.NDArray[np.float64]


def mfcc(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
    """Describe sound, a row each 10 ms.

    Parameters
    ----------
    samples : (160 n + 240,)
        At 16 kHz, on the scale of 16-bit integers: the level counts.

    Returns
    -------
    (n, 13) float32
        First the logarithm of the energy, then cepstral coefficients 1 to 12.
    """
    n = (len(samples) - N_SAMPLES_MORE) // STEP
    if n < 1:
        return np.zeros((0, _KEPT), dtype=np.float32)
    signal = samples.astype(np.float64)
    signal[1:] -= _PRE_EMPHASIS * samples[:-1]
    frames = np.lib.stride_tricks.sliding_window_view(signal, _WINDOW)[::STEP][:n]
    blocks = [_rows(frames[first : first + _BLOCK]) for first in range(0, n, _BLOCK)]
    return np.concatenate(blocks).astype(np.float32)


def _rows(frames: _Floats) -> _Floats:
    power = np.abs(np.fft.rfft(frames, _FFT)) ** 2 / _FFT
    energy = np.log(_no_zero(power.sum(axis=1)))
    # not ``@``: BLAS shares such small products out to threads, which then wait in circles
    mels = np.einsum("nf,mf->nm", power, _filters())
    rows = np.einsum("nm,km->nk", np.log(_no_zero(mels)), _cosines())
    rows[:, 0] = energy
    return np.asarray(rows, dtype=np.float64)


def _no_zero(values: _Floats) -> _Floats:
    """Digital silence has no logarithm."""
    return np.where(values == 0, np.finfo(np.float64).eps, values)


@cache
def _filters() -> _Floats:
    """Triangles over the spectrum, evenly spaced in mel: (26, 257)."""
    mel = np.linspace(0, 2595 * np.log10(1 + RATE / 2 / 700), _MELS + 2)
    corner = np.floor((_FFT + 1) * 700 * (10 ** (mel / 2595) - 1) / RATE)
    at = np.arange(_FFT // 2 + 1)
    left, middle, right = corner[:-2, None], corner[1:-1, None], corner[2:, None]
    rising = (at - left) / (middle - left)
    falling = (right - at) / (right - middle)
    return np.where(
        (at >= left) & (at < middle), rising, np.where((at >= middle) & (at < right), falling, 0.0)
    )


@cache
def _cosines() -> _Floats:
    """The orthonormal DCT-II of 26 values, its first 13 rows, liftered: (13, 26)."""
    row = np.arange(_KEPT)[:, None]
    cosine = np.cos(np.pi * row * (2 * np.arange(_MELS) + 1) / (2 * _MELS)) * np.sqrt(2 / _MELS)
    cosine[0] /= np.sqrt(2)
    return np.asarray(cosine * (1 + _LIFTER / 2 * np.sin(np.pi * row / _LIFTER)), dtype=np.float64)
