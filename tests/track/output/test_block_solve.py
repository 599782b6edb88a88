"""Cyclic reduction against LAPACK's banded solver."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import solveh_banded

from speaker_boxes.track.output.block_solve import solve_banded


@pytest.mark.parametrize("n", [*range(1, 18), 64, 65, 1000])
def test_it_is_the_solution_of_lapack(n: int) -> None:
    """Any number of rows; weights of four orders of magnitude, and none in a gap."""
    rng = np.random.default_rng(n)
    second = rng.uniform(0.5, 2, (max(n - 2, 0), 1)) * [[1.0, -2.0, 1.0]]
    bands = np.zeros((3, n))
    for i in range(3):
        for j in range(i, 3):
            bands[2 - (j - i), j : max(n - 2, 0) + j] += 50 * second[:, i] * second[:, j]
    weight = 10 ** rng.uniform(-2, 2, (n, 3))
    weight[n // 3 : n // 2] = 0 if n > 6 else 1
    right = weight * rng.normal(size=(n, 3))

    got = solve_banded(bands, weight, right)

    for k in range(3):
        system = np.vstack([bands[:2], bands[2] + weight[:, k]])[3 - min(n, 3) :]
        np.testing.assert_allclose(got[:, k], solveh_banded(system, right[:, k]), atol=1e-9)
