"""Whom to follow: the options that say it, shared by track and run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from speaker_boxes.click import Click
    from speaker_boxes.edits.model import Edits
    from speaker_boxes.track.output.turns import Turn


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
    face: Annotated[
        Path | None,
        typer.Option(
            "--face",
            metavar="REF.jpg",
            # the help is rich's markup, in which a bare bracket is a tag
            help=r"A picture of the speaker, with no other face in it; needs the extra "
            r"\[identity].",
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
            help="One of several speakers, by a name and a point as for --at. Repeat it for the "
            "others, and to say more about each.",
        ),
    ] = None
    turns: Annotated[
        Path | None,
        typer.Option(
            "--turns",
            metavar="TURNS.json",
            help='Who of the speakers speaks when: [{"start_s", "end_s", "speaker"}]. Gives one '
            "array with the box of whoever speaks, null where nobody does.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerArgs:
    """What the arguments say of whom to follow."""

    clicks: list[Click] = field(default_factory=list)
    face: Path | None = None
    person: int | None = None
    only_clicked_shots: bool = False
    speakers: dict[str, list[Click]] = field(default_factory=dict)
    turns: list[Turn] | None = None
    edits: Edits | None = None

    @property
    def names(self) -> list[str]:
        """Of each array that comes out; ``[""]`` if there is one only."""
        if self.edits is not None:
            from speaker_boxes.edits.model import speaker_names

            return list(speaker_names(self.edits))
        return list(self.speakers) if self.speakers and self.turns is None else [""]


def read_speaker_args(options: SpeakerOptions, *, sample: bool) -> SpeakerArgs:
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
    from speaker_boxes.click import parse_click
    from speaker_boxes.track.output.turns_file import read_turns

    if options.speaker and (options.at or options.face):
        raise typer.BadParameter("--speaker says who is meant; leave out --at and --face")
    if options.person is not None and (options.at or options.face or options.speaker):
        raise typer.BadParameter("--person says who is meant; leave out --at, --face and --speaker")
    if options.edits is not None:
        return _read_edits(options)
    if options.turns is not None and not options.speaker:
        raise typer.BadParameter("--turns needs each speaker's --speaker NAME=FRAME:X,Y")
    try:
        clicks = [parse_click(text) for text in options.at or []]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--at") from error
    if sample and not (clicks or options.face or options.speaker or options.person):
        from speaker_boxes.sample import sample_clicks

        clicks = [parse_click(text) for text in sample_clicks()]
    speakers = _read_speakers(options.speaker or [])
    return SpeakerArgs(
        clicks=clicks,
        face=options.face,
        person=options.person,
        only_clicked_shots=options.only_clicked_shots,
        speakers=speakers,
        turns=None if options.turns is None else read_turns(options.turns, speakers),
    )


def _read_edits(options: SpeakerOptions) -> SpeakerArgs:
    from speaker_boxes.edits.codec import read_edits

    others = (options.at, options.face, options.person, options.speaker, options.turns)
    if any(others) or options.only_clicked_shots:
        raise typer.BadParameter("--edits says who is meant; leave out what else says it")
    assert options.edits is not None
    return SpeakerArgs(edits=read_edits(options.edits))


def _read_speakers(texts: list[str]) -> dict[str, list[Click]]:
    from speaker_boxes.track.identity.names import check_names, parse_speaker

    speakers: dict[str, list[Click]] = {}
    try:
        for text in texts:
            name, click = parse_speaker(text)
            speakers.setdefault(name, []).append(click)
        if speakers:
            check_names(speakers)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--speaker") from error
    return speakers
