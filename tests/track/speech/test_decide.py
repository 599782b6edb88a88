"""Who speaks: rank and margin, a stay, silence, and what is left open."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.track.speech.decide import DecideOptions, Decision, Why, decide


def scores(*faces: list[tuple[int, float]]) -> npt.NDArray[np.float32]:
    """A row a face, of (moments, score) pairs."""
    return np.array([np.concatenate([np.full(n, s) for n, s in face]) for face in faces], "f4")


def ask(rows: npt.NDArray[np.float32], silent: slice | None = None) -> Decision:
    speech = np.ones(rows.shape[1], bool)
    if silent is not None:
        speech[silent] = False
    return decide(rows, speech)


def test_who_leads_speaks() -> None:
    """The turn passes where the lead does, not a second later."""
    found = ask(scores([(75, 3), (75, -2)], [(75, -2), (75, 3)]))

    assert np.abs(np.flatnonzero(np.diff(found.leads)) - 74).max() <= 1
    assert (found.who[:60] == 0).all()
    assert (found.who[-60:] == 1).all()


def test_a_short_lead_takes_no_turn() -> None:
    """0.4 s of another's lead by 2 do not, 2 s do."""
    short = ask(scores([(100, 2), (10, 1), (100, 2)], [(100, -1), (10, 3), (100, -1)]))
    long = ask(scores([(100, 2), (50, 1), (100, 2)], [(100, -1), (50, 3), (100, -1)]))

    assert (short.leads == 0).all()
    assert (long.leads[105:145] == 1).all()


def test_in_silence_nobody_speaks() -> None:
    """Whatever the lips do; the turn goes on after it."""
    found = ask(scores([(100, 3)], [(100, -1)]), silent=slice(40, 60))

    assert (found.why[40:60] == Why.SILENCE).all()
    assert (found.who[40:60] == -1).all()
    assert (found.who[:40] == 0).all()
    assert (found.who[60:] == 0).all()


def test_listeners_do_not_speak() -> None:
    """Somebody who is not seen does: a narrator."""
    found = ask(scores([(100, -1)], [(100, -2)]))

    assert (found.why == Why.NOBODY_SEEN).all()


def test_a_narrow_lead_is_left_open() -> None:
    """Two who both talk: it is known who leads, and not said."""
    found = ask(scores([(100, 2.3)], [(100, 2.0)]))

    assert (found.why == Why.UNRESOLVED).all()
    assert (found.who == -1).all()
    assert (found.leads == 0).all()


def test_a_face_that_is_not_seen_does_not_speak() -> None:
    """Its row is NaN there; the other one needs no margin to it."""
    rows = scores([(50, 3), (50, np.nan)], [(50, -1), (50, 1)])

    found = ask(rows)

    assert (found.leads[50:] == 1).all()
    assert (found.who[75:] == 1).all()


def test_nobody_is_seen() -> None:
    """All rows are NaN: nothing is chosen."""
    found = ask(np.full((2, 10), np.nan, np.float32))

    assert (found.why == Why.NOBODY_SEEN).all()


@given(
    st.lists(st.lists(st.integers(-4, 4), min_size=5, max_size=5), min_size=2, max_size=2),
    st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_the_path_is_the_best_of_all(rows: list[list[int]], heard: list[bool]) -> None:
    """No other course has more score, less what its changes cost."""
    options = DecideOptions(stay=3.0, nobody=0.5, floor=0.5, min_margin=-np.inf)
    table, speech = np.array(rows, np.float32), np.array(heard)
    gain = np.where(speech, np.vstack([np.full(5, 0.5), table]), 0)
    half = [0.5, 1.5, 1.5]

    def worth(path: tuple[int, ...]) -> float:
        frame_diffs = sum(half[a] + half[b] for a, b in pairwise(path) if a != b)
        return float(sum(gain[state, i] for i, state in enumerate(path)) - frame_diffs)

    best = max(worth(path) for path in product(range(3), repeat=5))
    leads = decide(table, speech, options=options).leads

    # in silence it is not told which state was kept: the best that fits what is told
    kept = [
        [int(lead) + 1] if loud else [0, 1, 2] for lead, loud in zip(leads, speech, strict=True)
    ]
    assert max(worth(path) for path in product(*kept)) == pytest.approx(best)
