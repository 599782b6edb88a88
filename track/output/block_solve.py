"""Solve many small symmetric systems at once, by cyclic reduction.

``scipy.linalg`` has a banded solver, and takes a quarter of a second to import: more than all
that is solved here for ten minutes of a clip.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def solve_banded(bands: Floats, weight: Floats, right: Floats) -> Floats:
    """Solve ``(B + diag(weight[:, k])) x[:, k] = right[:, k]`` for each k.

    Parameters
    ----------
    bands : (3, n)
        Of a symmetric matrix B with two bands above its diagonal, as LAPACK's ``pbsv`` has
        them: row 2 is the diagonal, and ``B[i, j]`` stands at ``bands[2 - (j - i), j]``.
    weight : (n, d)
        What makes the matrix positive definite.
    right : (n, d)

    Returns
    -------
    (n, d)
    """
    n, d = right.shape
    half = 1 << max(n - 1, 1).bit_length() - 1  # pairs of rows; those added are tied to nothing
    rows = ((0, 2 * half - n), (0, 0))
    main = np.pad(bands[2][:, None] + weight, rows, constant_values=1.0)
    above, twice_above = np.pad(bands[1::-1], rows[::-1])
    diagonal = np.empty((2, 2, d, half))
    diagonal[0, 0], diagonal[1, 1] = main[::2].T, main[1::2].T
    diagonal[0, 1] = diagonal[1, 0] = above[1::2]
    after = np.zeros_like(diagonal)
    after[0, 0, :, :-1], after[1, 1, :, :-1] = twice_above[2::2], twice_above[3::2]
    after[1, 0, :, :-1] = above[2::2]
    known = np.pad(right, rows).reshape(half, 2, 1, d).transpose(1, 2, 3, 0)
    return _solve(diagonal, after, known).transpose(3, 0, 1, 2).reshape(2 * half, d)[:n]


def _solve(diagonal: Floats, after: Floats, known: Floats) -> Floats:
    """Eliminate every other block, solve for the rest, and put the rest back in.

    Golub and Van Loan, Matrix Computations, 4th edition, section 4.5.4.

    Parameters
    ----------
    diagonal : (2, 2, d, n)
        The blocks of d systems; n is a power of two.
    after : (2, 2, d, n)
        To the right of each of them; 0 for the last.
    known : (2, 1, d, n)

    Returns
    -------
    (2, 1, d, n)
    """
    if known.shape[-1] == 1:
        return _product(_inverse(diagonal), known)
    inverse = _inverse(diagonal[..., 1::2])
    left, right = after[..., ::2], after[..., 1::2]  # of the blocks that are eliminated
    by_left, by_right = _product(left, inverse), _product(_transposed(right), inverse)
    kept, rest = known[..., ::2], known[..., 1::2]
    reduced = diagonal[..., ::2] - _product(by_left, _transposed(left))
    reduced[..., 1:] -= _product(by_right, right)[..., :-1]
    kept = kept - _product(by_left, rest)
    kept[..., 1:] -= _product(by_right, rest)[..., :-1]
    out = np.empty(known.shape)
    out[..., ::2] = found = _solve(reduced, -_product(by_left, right), kept)
    rest = rest - _product(_transposed(left), found)
    out[..., 1::2] = _product(inverse, rest - _product(right, np.roll(found, -1, axis=-1)))
    return out


def _product(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.einsum("ij...,jk...->ik...", a, b))


def _transposed(blocks: Floats) -> Floats:
    return blocks.swapaxes(0, 1)


def _inverse(blocks: Floats) -> Floats:
    (a, b), (c, d) = blocks
    return np.asarray(np.array([[d, -b], [-c, a]]) / (a * d - b * c))
