"""What is said: from --audio, --text and --voice to sounds, of one speaker or of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, TypeVar, get_args

import typer

from speaker_boxes.errors import PreflightError

if TYPE_CHECKING:
    from speaker_boxes.commands.common.job_options import SoundOptions
    from speaker_boxes.submit.job.dialogue import DialogueOptions
    from speaker_boxes.submit.schema.media import SoundGiven

T = TypeVar("T", bound=str)


def read_sound(options: SoundOptions) -> SoundGiven | None:
    """The one sound of a clip; ``None`` if none is given.

    Raises
    ------
    typer.BadParameter
        There are several, or a text without a voice.
    """
    audio, text, voice = options.audio or [], options.text or [], options.voice or []
    if len(audio) + len(text) > 1:
        raise typer.BadParameter("several sounds are a dialogue; say who speaks when with --turns")
    if len(text) != len(voice):
        raise typer.BadParameter("--text needs a --voice, and --voice a --text")
    if text:
        return _script(text[0], voice[0])
    return audio[0] if audio else None


def read_named_sounds(options: SoundOptions) -> dict[str, SoundGiven]:
    """A sound of each speaker of a dialogue, by name.

    Raises
    ------
    typer.BadParameter
        One has no name, two have one name, or a text has no voice.
    """
    audio = _named(options.audio, "--audio")
    texts, voices = _named(options.text, "--text"), _named(options.voice, "--voice")
    if both := sorted(set(audio) & set(texts)):
        raise typer.BadParameter(f"{both[0]} has --audio and --text; give one of them")
    if lone := sorted(set(texts) ^ set(voices)):
        raise typer.BadParameter(f"{lone[0]} needs both --text and --voice")
    if not audio and not texts:
        raise typer.BadParameter("a dialogue needs each speaker's --audio NAME=SOUND")
    return {**audio, **{name: _script(text, voices[name]) for name, text in texts.items()}}


def read_dialogue_options(options: SoundOptions) -> DialogueOptions:
    """How the sounds are laid out, and where the faces are said.

    Raises
    ------
    typer.BadParameter
        There is no such way.
    """
    from speaker_boxes.submit.job.dialogue import DialogueOptions
    from speaker_boxes.submit.schema.segments import AudioLayout, SelectIn

    layouts: tuple[AudioLayout, ...] = get_args(AudioLayout)
    places: tuple[SelectIn, ...] = get_args(SelectIn)
    return DialogueOptions(
        layout=_one_of(options.audio_layout, layouts, "--audio-layout"),
        select_in=_one_of(options.select_in, places, "--select-in"),
    )


def check_speakers(names: Collection[str], sounds: Mapping[str, SoundGiven]) -> None:
    """Refuse a speaker without a sound, and a sound without a speaker.

    Raises
    ------
    typer.BadParameter
        The message names the first.
    """
    for name in names:
        if name not in sounds:
            raise typer.BadParameter(f"--speaker {name} has no --audio {name}=SOUND")
    for name in sounds:
        if name not in names:
            raise typer.BadParameter(f"--audio {name}=... is of nobody; add --speaker {name}=...")


def check_heard(names: Collection[str], sounds: Mapping[str, SoundGiven]) -> None:
    """The same, of the people whose turns were found: who they are is known only then.

    Raises
    ------
    PreflightError
        The message names the first, and those who speak.
    """
    spoken = ", ".join(names) or "nobody"
    for name in names:
        if name not in sounds:
            raise PreflightError(f"{name} speaks and has no sound (heard: {spoken})")
    for name in sounds:
        if name not in names:
            raise PreflightError(f"there is a sound of {name}, who is not heard (heard: {spoken})")


def say_layout(n_turns: int, options: DialogueOptions) -> str:
    """In one line what is not documented, and what was chosen."""
    lies = {
        "running": "each speaker's sound holds the turns one after the other",
        "whole": "each speaker's sound lies along the whole clip",
    }[options.layout]
    faces = {
        "options": "the faces are said once, in one array",
        "segments": "the faces are said in each segment",
    }[options.select_in]
    return (
        f"{n_turns} turns: {lies} (--audio-layout {options.layout}); {faces} (--select-in "
        f"{options.select_in}), how boxes and segments combine is not documented"
    )


def _one_of(given: str, known: tuple[T, ...], option: str) -> T:
    found = [one for one in known if one == given]
    if not found:
        raise typer.BadParameter(f"{option} {given} is none of {', '.join(known)}")
    return found[0]


def _named(texts: list[str] | None, option: str) -> dict[str, str]:
    from speaker_boxes.track.identity.names import clean_name

    found: dict[str, str] = {}
    for text in texts or []:
        name, equals, rest = text.partition("=")
        if not equals or not rest:
            raise typer.BadParameter(f"{option} {text} has no name; a dialogue needs NAME=...")
        try:
            name = clean_name(name)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=option) from error
        if name in found:
            raise typer.BadParameter(f"{option} {name}=... is given twice")
        found[name] = rest
    return found


def _script(text: str, voice_id: str) -> SoundGiven:
    from speaker_boxes.submit.schema.media import Script

    return Script(text, voice_id)
