"""Where the constants of ``track/looks/face_odds.py`` come from.

    python -m benchmarks.calibrate.identity [VECTORS.npz]

Every person of ``face_tracks.py`` is embedded, clear and spoilt. On one half of the people are
fitted: the quality of a crop, the log odds of two tracks, and those of two sides of a place
within a track. All figures are of the other half. VECTORS.npz keeps what was embedded.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.calibrate.face_pairs import (
    Flags,
    Floats,
    Pairs,
    figures,
    fit_odds,
    halves,
    most_alike,
    odds_features,
    pair_up,
)
from benchmarks.calibrate.face_tracks import KINDS, Piece, pieces
from speaker_boxes.track.looks.embedding import LENGTH, FaceVector, MobileFaceNet
from speaker_boxes.track.looks.face_odds import (
    PARTED_QUALITY,
    TrackFaces,
    crop_quality,
    face_log_odds,
    track_faces,
    unchanged_log_odds,
)

_ALIKE = 5
"""So many others of each person, the most similar ones, are what odds are fitted against."""
_FULL_QUALITY = 0.4
"""Lead over the most similar other person from which a crop's quality is 1: of crops that are
said to have it 99 % are nearest to their own person."""
_BEFORE = 3
"""Crops before a place within a track that one after it is compared with."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """All tracks and their embedded crops."""

    tracks: list[Piece]
    crops: list[list[FaceVector]]
    half: npt.NDArray[np.int64]


def embed(cache: Path | None) -> People:
    """Gather all tracks and embed their crops."""
    if cache is not None and cache.is_file():
        with np.load(cache) as kept:
            columns = (kept[key].tolist() for key in ("person", "kind", "size", "stretch"))
            tracks = [
                Piece(person, kind, size, stretch, ())
                for person, kind, size, stretch in zip(*columns, strict=True)
            ]
            crops: list[list[FaceVector]] = [[] for _ in tracks]
            for i, v, s in zip(kept["own"], kept["vector"], kept["score"], strict=True):
                crops[int(i)].append(FaceVector(v, float(s)))
        return People(tracks, crops, halves(tracks))
    network = MobileFaceNet()
    tracks = list(pieces())
    crops = [[network.embed(crop) for crop in piece.crops] for piece in tracks]
    if cache is not None:
        np.savez(
            cache,
            person=[piece.person for piece in tracks],
            kind=[piece.kind for piece in tracks],
            size=[piece.size for piece in tracks],
            stretch=[piece.stretch for piece in tracks],
            own=np.repeat(np.arange(len(crops)), [len(some) for some in crops]),
            vector=np.concatenate([[face.vector for face in some] for some in crops]),
            score=np.concatenate([[face.score for face in some] for some in crops]),
        )
    return People(tracks, crops, halves(tracks))


def fit_quality(people: People) -> Floats:
    """By how much a crop is nearer to its own person than to the most similar other.

    Returns
    -------
    (3,)
        1, score, length -> quality; fitted on half 0.
    """
    clear = [i for i, piece in enumerate(people.tracks) if piece.kind == "clear"]
    unit = {i: _units(people.crops[i]) for i in clear}
    names = np.array([people.tracks[i].person for i in clear])
    rows, leads, owners = [], [], []
    for piece, faces, half in zip(people.tracks, people.crops, people.half, strict=True):
        others = [unit[i] for i in clear
                  if people.tracks[i].person == piece.person
                  and people.tracks[i].stretch != piece.stretch]  # fmt: skip
        if half or not others:
            continue
        own = _direction(np.concatenate(others))
        rest = [_direction(np.concatenate([unit[i] for i, n in zip(clear, names, strict=True)
                                           if n == name]))
                for name in np.unique(names) if name != piece.person]  # fmt: skip
        for face in (face for face in faces if face.score > 0):
            length = float(np.linalg.norm(face.vector))
            vector = face.vector / length
            rows.append([1.0, face.score, length])
            leads.append(float(own @ vector - (np.array(rest) @ vector).max()))
            owners.append(piece.person)
    _, inverse, count = np.unique(owners, return_inverse=True, return_counts=True)
    weight = count[inverse] ** -0.25  # its square: one over the root of the number of crops
    x, y = np.array(rows), np.array(leads)
    numbers = np.linalg.lstsq(x * weight[:, None], y * weight, rcond=None)[0]
    return np.asarray(numbers / _FULL_QUALITY, dtype=np.float64)


def _units(faces: list[FaceVector]) -> Floats:
    vector = np.array([face.vector for face in faces if face.score > 0], dtype=np.float64)
    vector = vector.reshape(-1, LENGTH)
    return np.asarray(vector / np.linalg.norm(vector, axis=1, keepdims=True))


def _direction(unit: Floats) -> Floats:
    total = unit.mean(axis=0)
    return np.asarray(total / np.linalg.norm(total))


def along_tracks(people: People, near: Flags) -> tuple[TrackFaces, TrackFaces, Pairs, Flags]:
    """The first crops of each track against its later ones, and against other people's.

    Returns
    -------
    before, after : (n,) each
    pairs
        Which are one person.
    fitted : (n,)
        Whether a pair is of the half that is fitted on.
    """
    before, after, same, owner, half = [], [], [], [], []
    kind = np.array([piece.kind for piece in people.tracks])
    person = np.array([piece.person for piece in people.tracks])
    for i, faces in enumerate(people.crops):
        if len(faces) < 2 * _BEFORE:
            continue
        others = np.flatnonzero((kind == kind[i]) & (person != person[i]) & near[i])
        later = [(face, True) for face in faces[_BEFORE:]]
        later += [(people.crops[j][k], False) for j in others for k in (0, -1)]
        for face, mine in later:
            before.append(faces[:_BEFORE])
            after.append([face])
            same.append(mine)
            owner.append(f"{person[i]} {mine}")
            half.append(people.half[i])
    _, inverse, count = np.unique(owner, return_inverse=True, return_counts=True)
    n = np.arange(len(same))
    pairs = Pairs(n, n, np.array(same), np.asarray(count[inverse] ** -0.75)).take(
        np.ones(len(n), np.bool_)
    )
    return track_faces(before), track_faces(after), pairs, np.array(half) == 0


def print_figures(name: str, score: Floats, pairs: Pairs) -> None:
    """One line."""
    auc, equal, found, strict = figures(score, pairs)
    print(
        f"  {name:34s} {auc:.3f} {equal:.3f} {found:.2f} {strict:.2f}  {pairs.same.sum():6d} same"
    )


def print_calibration(odds: Floats, pairs: Pairs) -> None:
    """What was said against what is so."""
    for low, high in ((-5, -3), (-3, -2), (-2, -1), (-1, 0), (0, 1), (1, 2), (2, 3), (3, 5.1)):
        there = (odds >= low) & (odds < high)
        same, other = (pairs.weight[there & kind].sum() for kind in (pairs.same, ~pairs.same))
        said = np.average(odds[there], weights=pairs.weight[there])
        real = np.log((same + 1e-4) / (other + 1e-4))
        print(f"  {low:4.0f}..{high:.0f} said {said:5.2f} is {real:5.2f}")


def main() -> None:
    """Embed, fit, report."""
    people = embed(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    print(len({piece.person for piece in people.tracks}), "people,", len(people.tracks), "tracks")
    print("_QUALITY", fit_quality(people).round(4).tolist())
    faces = track_faces(people.crops)
    near = most_alike(people.tracks, faces.vector.astype(np.float64), _ALIKE)
    report_tracks(people, faces, near)
    report_changes(people, near)
    for kind in KINDS:
        some = [crop_quality(face) for piece, crops in zip(people.tracks, people.crops, strict=True)
                if piece.kind == kind for face in crops]  # fmt: skip
        print(
            f"quality of {kind} crops: 5, 50, 95 %", np.quantile(some, [0.05, 0.5, 0.95]).round(2)
        )


def report_tracks(people: People, faces: TrackFaces, near: Flags) -> None:
    """Fit and check the log odds of two tracks."""
    pairs = pair_up(people.tracks)
    i, j = pairs.i, pairs.j
    half, known = people.half, np.asarray(faces.vector.any(axis=1), dtype=np.bool_)
    cosine = (faces.vector @ faces.vector.T)[i, j].astype(np.float64)
    both = (faces.quality[i] * faces.quality[j]).astype(np.float64)
    hard = (pairs.same | near[i, j]) & known[i] & known[j]
    for name, one in (("_ODDS, half 0", 0), ("    on half 1", 1)):
        mine = hard & (half[i] == one) & (half[j] == one)
        numbers = fit_odds(odds_features(cosine[mine], both[mine]), pairs.take(mine))
        print(name, numbers.round(2).tolist())
    kind = np.array([piece.kind for piece in people.tracks])
    alike = hard & (half[i] == 0) & (half[j] == 0) & (kind[i] == kind[j])
    numbers = fit_odds(odds_features(cosine[alike], both[alike]), pairs.take(alike))
    print("_SHARED_ODDS, half 0, both spoilt in one way", numbers.round(2).tolist())
    mild = np.isin(kind, ["clear", "dark", "small", "pressed"])
    kept = (half[i] == 1) & (half[j] == 1) & known[i] & known[j]
    odds = face_log_odds(faces, faces)[i, j].astype(np.float64)
    print("half 1: AUC, equal error, found at 1 % and 0.1 % false")
    for name, which in (
        ("all", kept),
        ("clear, dark, small, pressed", kept & mild[i] & mild[j]),
        ("clear", kept & (kind[i] == "clear") & (kind[j] == "clear")),
        ("against the most alike", kept & hard),
        ("the same, spoilt in one way", kept & hard & (kind[i] == kind[j])),
    ):
        print_figures(f"{name}, cosine", cosine[which], pairs.take(which))
        print_figures(f"{name}, odds", odds[which], pairs.take(which))
    print_calibration(odds[kept & hard], pairs.take(kept & hard))


def report_changes(people: People, near: Flags) -> None:
    """Fit and check the log odds of two sides of a place within a track."""
    before, after, pairs, fitted = along_tracks(people, near)
    cosine = np.einsum("ij,ij->i", before.vector, after.vector).astype(np.float64)
    both = (before.quality * after.quality).astype(np.float64)
    numbers = fit_odds(odds_features(cosine[fitted], both[fitted]), pairs.take(fitted))
    print("_CHANGE_ODDS, half 0", numbers.round(2).tolist())
    odds = np.array([
        unchanged_log_odds(
            TrackFaces(before.vector[k : k + 1], before.quality[k : k + 1]),
            TrackFaces(after.vector[k : k + 1], after.quality[k : k + 1]),
        )[0, 0]
        for k in range(len(before))
    ], dtype=np.float64)  # fmt: skip
    least = np.minimum(before.quality, after.quality)
    for name, which in (
        ("all", ~fitted),
        ("parted at all", ~fitted & (least >= PARTED_QUALITY)),
        ("clear", ~fitted & (both > 0.3)),
    ):
        some = pairs.take(which)
        print_figures(f"within tracks, {name}", odds[which], some)
        for limit in (-3, -2, -1, 0):
            low = odds[which] < limit
            lost, seen = (some.weight[low & k].sum() for k in (some.same, ~some.same))
            print(f"    parted below {limit:2d}: {lost:.4f} of the same, {seen:.3f} of changes")


if __name__ == "__main__":
    main()
