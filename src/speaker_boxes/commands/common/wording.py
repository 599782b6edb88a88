"""What an error or a finding says on the terminal: remedies in words of the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speaker_boxes.errors import (
    NoSpeakerError,
    PreflightError,
    Remedy,
    RemedyCode,
    SpeakerBoxesError,
)

if TYPE_CHECKING:
    from speaker_boxes.submit.preflight.finding import Finding

WORDS: dict[RemedyCode, str] = {
    "allow_overwrite": "use --overwrite to replace it",
    "check_or_normalize": "{reason}: run speaker-boxes check, or normalize the clip and track that",
    "choose_face": "choose a face with --at",
    "choose_face_in_picture": "choose it by --point 0:X,Y, or by the box that track writes",
    "choose_face_otherwise": "{reason}, or try --point or --auto",
    "choose_face_there_too": "cut the clip, or choose the face there too with another --at",
    "choose_speaker_there_too": "choose the face there too with another --speaker {name}=..., or "
    "end the turn",
    "find_more_faces": "try --detector yunet, which finds more small and turned faces, a larger "
    "picture, or another moment",
    "get_model": "or download {url} yourself and save it as {target}, or name it in {variable} or "
    "with --{role}-model",
    "host_boxes": "host what --export-boxes writes and send --boxes-url",
    "lay_out_sound": "say where its part begins in the turn (audio_start_s), or use --audio-layout",
    "lay_out_sound_whole": "use --audio-layout whole",
    "normalize": "run speaker-boxes normalize and track what it writes",
    "normalize_to_rate": "run speaker-boxes normalize --fps {rate} and track what it writes",
    "other_model": "ask for another --model",
    "other_transfer_of_boxes": "leave out --multipart, or send --boxes-url",
    "other_transfer_of_files": "leave out --multipart",
    "select_in_options": "leave out --select-in segments",
    "smaller_request": "too large for one request; send --boxes-url, or leave out --multipart",
    "start_another_job": "--new starts another",
    "wait_for_job": "go on with 'speaker-boxes submit {path} --wait'",
    "wait_for_or_start_another_job": "end it with 'speaker-boxes submit {path} --wait', or start "
    "one beside it with --new",
}


_LOOK = "'speaker-boxes people' shows who is in the clip"


def error_line(error: SpeakerBoxesError) -> str:
    """What failed and what would do."""
    if isinstance(error, NoSpeakerError):
        own = "--not " if error.rejecting else "--at "
        option = own if error.speaker is None else f"--speaker {error.speaker}="
        look = f"; {_LOOK}" if error.candidates and not (error.speaker or error.rejecting) else ""
        return _sentence(error.words(lambda click: f"{option}{click}"), error.remedy) + look
    more = error.n_more if isinstance(error, PreflightError) else 0
    listed = f" (and {more} more: speaker-boxes check lists them)" if more else ""
    return _sentence(error.problem, error.remedy) + listed


def error_json(error: SpeakerBoxesError) -> dict[str, object]:
    """The same for programs, with what could be chosen instead."""
    told: dict[str, object] = {"kind": type(error).__name__, "message": error_line(error)}
    if isinstance(error, NoSpeakerError):
        times = error.times_s or (None,) * len(error.candidates)
        told["picture"] = error.picture
        told["candidates"] = [
            {"at": str(click), "frame": click.frame, "seconds": time_s, "x": click.x, "y": click.y}
            for click, time_s in zip(error.candidates, times, strict=True)
        ]
        told["more"] = error.n_more
    return told


def finding_line(finding: Finding) -> str:
    """What is wrong with a job and what would do."""
    return _sentence(finding.problem, finding.remedy)


def remedy_words(remedy: Remedy) -> str:
    """What would do; in the library's own words if the command has no better ones."""
    return remedy.text if remedy.code is None else WORDS[remedy.code].format(**remedy.values)


def age(seconds: float | None) -> str:
    """How long ago, in the largest unit that fits."""
    if seconds is None:
        return "? s"
    units = ((86400, "d"), (3600, "h"), (60, "min"))
    for size, name in units:
        if seconds >= size:
            return f"{int(seconds // size)} {name}"
    return f"{max(0, int(seconds))} s"


def _sentence(problem: str, remedy: Remedy | None) -> str:
    return problem if remedy is None else f"{problem}; {remedy_words(remedy)}"
