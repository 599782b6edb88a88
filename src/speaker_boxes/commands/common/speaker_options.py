"""Whom to follow: the options that say it, shared by track and run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.follow.target import Target

if TYPE_CHECKING:
    from speaker_boxes.click import Click
    from speaker_boxes.track.identity.names import Who

SpeechModel = Annotated[
    Path | None,
    typer.Option(
        "--speech-model",
        metavar="FILE",
        help="A local file of LR-ASD's weights for --active-speaker; else they are fetched on "
        "first use.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class SpeakerOptions:
    """The options as they were given."""

    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at",
            metavar="FRAME:X,Y",
            help="A point on the speaker's face: frame index (or seconds, as 9.6s) and pixels. "
            "Repeat it to say more about the same person, after a cut for example.",
        ),
    ] = None
    not_at: Annotated[
        list[str] | None,
        typer.Option(
            "--not",
            metavar="FRAME:X,Y",
            help="A point on somebody else's face: who it is not. Repeat it for others.",
        ),
    ] = None
    face: Annotated[
        Path | None,
        typer.Option(
            "--face",
            metavar="REF.jpg",
            help="A picture of the speaker, with no other face in it.",
        ),
    ] = None
    person: Annotated[
        int | None,
        typer.Option(
            "--person", metavar="N", min=1, help="The speaker's number, as `people` lists them."
        ),
    ] = None
    edits: Annotated[
        Path | None,
        typer.Option(
            "--edits",
            metavar="OUT.edits.json",
            help="Whom and what was chosen and mended by hand, of this very clip.",
        ),
    ] = None
    only_clicked_shots: Annotated[
        bool,
        typer.Option(
            "--only-clicked-shots",
            help="Leave shots without a click empty instead of looking for the same person there.",
        ),
    ] = False
    speaker: Annotated[
        list[str] | None,
        typer.Option(
            "--speaker",
            metavar="NAME=FRAME:X,Y",
            help="One of several speakers, by a name and a point as for --at, or a number as for "
            "--person. Repeat it for the others, and to say more about each.",
        ),
    ] = None
    turns: Annotated[
        Path | None,
        typer.Option(
            "--turns",
            metavar="TURNS.json|.srt|...",
            help='Who of the speakers speaks when: [{"start_s", "end_s", "speaker"}], subtitles '
            "that name them (.srt, .vtt), .rttm, or a table (.csv, .tsv). Gives one "
            "array with the box of whoever speaks, null where nobody does.",
        ),
    ] = None
    active_speaker: Annotated[
        str | None,
        typer.Option(
            "--active-speaker",
            metavar="one|turns",
            help="Find out by lips and sound who speaks: one follows the person who speaks most, "
            "turns gives the box of whoever speaks. OUT.turns.json says who speaks when.",
        ),
    ] = None
    speech_model: SpeechModel = None


def read_speaker_args(options: SpeakerOptions, *, sample: bool) -> Target:
    """Read the options, and the file of turns.

    Parameters
    ----------
    sample
        Without any of them take the clicks that go with the sample clip.

    Raises
    ------
    typer.BadParameter
        An option is wrong, or two contradict each other.
    TurnsError, EditsError
        The turns, or the edits, are not what they should be.
    """
    from speaker_boxes.track.output.turns_file import read_turns

    if options.active_speaker is not None:
        return _active(options)
    if options.speaker and (options.at or options.face):
        raise typer.BadParameter("--speaker says who is meant; leave out --at and --face")
    if options.speaker and options.not_at:
        raise typer.BadParameter("--not is of one speaker; with --speaker give the others names")
    if options.person is not None and (options.at or options.face or options.speaker):
        raise typer.BadParameter("--person says who is meant; leave out --at, --face and --speaker")
    if options.edits is not None:
        return _read_edits(options)
    if options.turns is not None and not options.speaker:
        raise typer.BadParameter("--turns needs each speaker's --speaker NAME=FRAME:X,Y")
    clicks = _read_clicks(options.at or [], "--at")
    rejected = _read_clicks(options.not_at or [], "--not")
    named = clicks or rejected or options.face or options.speaker or options.person
    if sample and not named:
        from speaker_boxes.sample import sample_clicks

        clicks = _read_clicks(sample_clicks(), "--at")
    speakers = _read_speakers(options.speaker or [])
    return Target(
        clicks=clicks,
        rejected=rejected,
        face=options.face,
        person=options.person,
        only_clicked_shots=options.only_clicked_shots,
        speakers=speakers,
        turns=None if options.turns is None else read_turns(options.turns, speakers),
    )


def _read_clicks(texts: Sequence[str], option: str) -> list[Click]:
    from speaker_boxes.click import parse_click

    try:
        return [parse_click(text) for text in texts]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def check_active(value: str | None) -> str | None:
    """Refuse what is no way to choose by speech.

    Raises
    ------
    typer.BadParameter
        It is neither one nor turns.
    """
    if value not in (None, "one", "turns"):
        raise typer.BadParameter(f"one or turns; got {value}", param_hint="--active-speaker")
    return value


def _active(options: SpeakerOptions) -> Target:
    others = (
        options.at, options.not_at, options.face, options.only_clicked_shots, options.speaker,
        options.turns, options.person, options.edits,
    )  # fmt: skip
    if any(others):
        raise typer.BadParameter(
            "--active-speaker finds out who is meant; leave out --at, --face, "
            "--only-clicked-shots, --speaker and --turns"
        )
    return Target(active=check_active(options.active_speaker))


def _read_edits(options: SpeakerOptions) -> Target:
    from speaker_boxes.edits.codec import read_edits

    others = (options.at, options.not_at, options.face, options.person, options.speaker)
    if any(others) or options.turns or options.only_clicked_shots:
        raise typer.BadParameter("--edits says who is meant; leave out what else says it")
    assert options.edits is not None
    return Target(edits=read_edits(options.edits))


def _read_speakers(texts: list[str]) -> dict[str, Who]:
    from speaker_boxes.track.identity.names import parse_speakers

    try:
        return parse_speakers(texts)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--speaker") from error
