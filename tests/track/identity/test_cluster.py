"""Groups of tracks by average linkage, against working out every mean anew."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.track.identity.cluster import Labels, average_linkage, support

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


def random_case(seed: int, n: int) -> tuple[Floats, Floats, Bools]:
    """Log odds, weights, and pairs that may not be together."""
    rng = np.random.default_rng(seed)
    log_odds, weight = rng.normal(0, 2, (n, n)), rng.uniform(0.1, 1, (n, n))
    log_odds, weight = (log_odds + log_odds.T) / 2, (weight + weight.T) / 2
    np.fill_diagonal(log_odds, 0)
    cannot_link = np.triu(rng.random((n, n)) < 0.2, 1)
    return (
        log_odds.astype(np.float32), weight.astype(np.float32), cannot_link | cannot_link.T
    )  # fmt: skip


def slowly(log_odds: Floats, weight: Floats, cannot_link: Bools, min_odds: float) -> list[int]:
    """All means of all pairs of groups, again after each step."""
    groups = [[i] for i in range(len(log_odds))]
    while True:
        best, pair = min_odds, None
        for i, one in enumerate(groups):
            for j, other in enumerate(groups[:i]):
                at = np.ix_(one, other)
                mean = float((log_odds[at] * weight[at]).sum() / weight[at].sum())
                if not cannot_link[at].any() and mean >= best:
                    best, pair = mean, (i, j)
        if pair is None:
            break
        groups[pair[1]] += groups.pop(pair[0])
    label = np.zeros(len(log_odds), int)
    for number, group in enumerate(groups):
        label[group] = number
    return label.tolist()


def same_groups(a: list[int], b: list[int]) -> bool:
    one, other = np.array(a), np.array(b)
    return bool(((one[:, None] == one) == (other[:, None] == other)).all())


@given(st.integers(0, 10_000), st.integers(1, 9))
def test_it_equals_working_out_every_mean(seed: int, n: int) -> None:
    case = random_case(seed, n)

    assert same_groups(average_linkage(*case, min_odds=0.3).tolist(), slowly(*case, 0.3))


@given(st.integers(0, 10_000), st.integers(1, 9))
def test_no_forbidden_pair_is_ever_together(seed: int, n: int) -> None:
    log_odds, weight, cannot_link = random_case(seed, n)

    label = average_linkage(log_odds, weight, cannot_link, min_odds=-1.0)

    assert not (cannot_link & (label[:, None] == label)).any()


def test_what_is_certain_stays_together() -> None:
    """Items that look unlike are one all the same, and what is like both comes to them."""
    log_odds = np.full((4, 4), -5, np.float32)
    log_odds[[0, 2, 3, 3], [3, 3, 0, 2]] = 4

    label = average_linkage(
        log_odds, np.ones((4, 4), np.float32), np.zeros((4, 4), bool), np.array([0, 2]),
        min_odds=0.5,
    )  # fmt: skip

    assert label.tolist() == [0, 1, 0, 0]


def test_one_good_link_joins_no_two_people() -> None:
    """Thirteen tracks and seven: within each group 4, between them nothing but one link of 2.3."""
    person = np.repeat([0, 1], [13, 7])
    log_odds = np.where(person[:, None] == person, 4, -0.2).astype(np.float32)
    log_odds[3, 15] = log_odds[15, 3] = 2.3

    label = average_linkage(
        log_odds, np.ones((20, 20), np.float32), np.zeros((20, 20), bool), min_odds=0.5
    )

    assert label.tolist() == person.tolist()


def test_groups_that_are_two_people_are_never_joined() -> None:
    """Two of each are alike beyond doubt, all four enough; and a fifth item goes to the nearer."""
    log_odds = np.full((5, 5), 3, np.float32)
    for i, j in ((0, 1), (2, 3)):
        log_odds[i, j] = log_odds[j, i] = 6
    log_odds[4, 2:4] = log_odds[2:4, 4] = 4
    asked = []

    def two_people(one: Labels, other: Labels) -> bool:
        asked.append((one.tolist(), other.tolist()))
        return len(one) > 1 and len(other) > 1

    nothing = np.zeros((5, 5), bool)
    label = average_linkage(
        log_odds, np.ones_like(log_odds), nothing, min_odds=1.0, two_people=two_people
    )

    assert label.tolist() == [0, 0, 1, 1, 1]
    assert asked[-1] == ([0, 1], [2, 3, 4])


@given(st.integers(0, 10_000), st.integers(2, 9))
def test_refusing_a_pair_leaves_the_others_as_they_were(seed: int, n: int) -> None:
    """To refuse what may not be together anyway is to forbid it beforehand."""
    log_odds, weight, cannot_link = random_case(seed, n)

    def two_people(one: Labels, other: Labels) -> bool:
        return bool(cannot_link[np.ix_(one, other)].any())

    nothing = np.zeros_like(cannot_link)
    label = average_linkage(log_odds, weight, nothing, min_odds=0.3, two_people=two_people)

    forbidden = average_linkage(log_odds, weight, cannot_link, min_odds=0.3)
    assert same_groups(label.tolist(), forbidden.tolist())


def test_nothing_known_joins_nothing() -> None:
    nothing = np.zeros((4, 4), np.float32)
    label = average_linkage(nothing, nothing + 1, nothing > 0, min_odds=0.5)

    assert label.tolist() == [0, 1, 2, 3]
    empty = np.zeros((0, 0), np.float32)
    assert average_linkage(empty, empty, empty > 0, min_odds=0.5).tolist() == []


def test_support_is_the_mean_with_the_others() -> None:
    """An item is no evidence for itself; alone in its group it has none."""
    log_odds = np.array([[0, 4, 1], [4, 0, -2], [1, -2, 0]], np.float32)
    weight = np.array([[1, 1, 1], [1, 1, 3], [1, 3, 1]], np.float32)
    apart = np.zeros((3, 3), bool)
    apart[0, 2] = apart[2, 0] = True

    found = support(log_odds, weight, apart, np.array([0, 0, 1]))

    assert found.mean == pytest.approx(np.array([[4, 1], [4, -2], [(1 - 6) / 4, 0]]))
    assert found.forbidden.tolist() == [[False, True], [False, False], [True, False]]
