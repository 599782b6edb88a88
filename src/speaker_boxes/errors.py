"""What can go wrong for a user; a caller's mistake is a ``ValueError``.

SpeakerBoxesError
├── VideoError
│   ├── VideoOpenError          it does not open, or has no video stream
│   └── VideoDecodeError        it opens, but no frame comes out
├── ModelError                  a model file or a library that runs it is missing or damaged
├── WorkerError                 workers end again and again at one place of a clip
├── PictureError                a reference picture does not open, or shows not exactly one face
├── TurnsError                  a file of turns is not what it should be
├── SettingsError               the user's file of settings is not what it should be
├── EditsError                  a file of edits is not what it should be, or is another clip's
├── NoSpeakerError              no face where the click is, or no face is clearly the main one
├── OutputError                 a result cannot be written, or one is there already
└── SubmitError
    ├── PreflightError          the job would fail or waste a paid generation; not sent
    ├── BoxesFileError          a boxes file, or the report beside it, is not what it should be
    ├── JobFileError            a job file is damaged, in use, or belongs to another request
    ├── SubmitConnectionError   no answer
    ├── SubmitStatusError       a 4xx or 5xx; carries status_code, code and request_id
    ├── SubmitReplyError        a success with a body we do not understand
    ├── GenerationError         the job was taken and ended without a result
    └── SubmitTimeoutError      the job has not ended by the deadline; it goes on at the server
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from speaker_boxes.click import Click

RemedyCode = Literal[
    "allow_overwrite",
    "check_or_normalize",
    "choose_face",
    "choose_face_in_picture",
    "choose_face_otherwise",
    "choose_face_there_too",
    "choose_speaker_there_too",
    "find_more_faces",
    "get_model",
    "host_boxes",
    "lay_out_sound",
    "lay_out_sound_whole",
    "normalize",
    "normalize_to_rate",
    "other_model",
    "other_transfer_of_boxes",
    "other_transfer_of_files",
    "select_in_options",
    "smaller_request",
    "start_another_job",
    "wait_for_job",
    "wait_for_or_start_another_job",
]
"""Remedies for which a program that uses the library has words of its own."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would help against an error."""

    text: str
    """In words that know of no program: neither options of a command nor buttons of a page."""
    code: RemedyCode | None = None
    """By which such a program finds its own words; ``None`` if these are good for all."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What those words need: paths, rates, addresses."""


class SpeakerBoxesError(Exception):
    """Anything this package reports to a user; the message is one line."""

    def __init__(self, problem: str, *, remedy: Remedy | None = None) -> None:
        super().__init__(problem if remedy is None else f"{problem}; {remedy.text}")
        self.problem = problem
        """What failed, with which value."""
        self.remedy = remedy
        """What would do, if ``problem`` does not say it."""


class VideoError(SpeakerBoxesError):
    """A clip cannot be used."""


class VideoOpenError(VideoError):
    """A clip does not open, or holds no video stream."""


class VideoDecodeError(VideoError):
    """A clip opens, but not one frame of it decodes."""


class ModelError(SpeakerBoxesError):
    """A model file, or a library that runs it, is missing or not what it should be."""


class WorkerError(SpeakerBoxesError):
    """Worker processes ended twice at the same place of a clip."""


class PictureError(SpeakerBoxesError):
    """A reference picture cannot be read, or does not show exactly one face."""


class TurnsError(SpeakerBoxesError):
    """A file of turns cannot be read, or its turns contradict each other."""


class SettingsError(SpeakerBoxesError):
    """The file of settings cannot be read, or sets what there is not."""


class EditsError(SpeakerBoxesError):
    """Edits cannot be read, are of another clip, or contradict its faces or each other."""


class NoSpeakerError(SpeakerBoxesError):
    """No speaker could be chosen; the message lists clicks that would choose one.

    Parameters
    ----------
    parts
        What is wrong: text, and the clicks that it speaks of, one after the other.
    candidates
        Clicks that would choose somebody; best first.
    notes
        What is to be said of each candidate; none, or one each.
    n_more
        How many more there are than are listed.
    offer
        What stands before the candidates.
    speaker
        Whose clicks they are, where there are several speakers.
    rejecting
        Whether the clicks say who it is not.
    times_s
        When each candidate is seen, seconds; none, or one each.
    lacks_face
        Whether a face may be there that was not found.
    """

    def __init__(
        self,
        *parts: str | Click,
        candidates: Sequence[Click] = (),
        notes: Sequence[str] = (),
        n_more: int = 0,
        offer: str = "choose with",
        speaker: str | None = None,
        rejecting: bool = False,
        times_s: Sequence[float] = (),
        lacks_face: bool = False,
    ) -> None:
        super().__init__("".join(map(str, parts)))
        self.parts = parts
        self.candidates = tuple(candidates)
        self.notes = tuple(notes)
        self.n_more = n_more
        self.offer = offer
        self.speaker = speaker
        self.rejecting = rejecting
        self.times_s = tuple(times_s)
        self.lacks_face = lacks_face
        self.picture: tuple[int, int] | None = None
        """Width and height of what the clicks are in, in pixels, if that is known."""

    def __str__(self) -> str:
        return self.words(str)

    def words(self, spell: Callable[[Click], str]) -> str:
        """The message with each click as ``spell`` writes it: a command names its options."""
        what = "".join(part if isinstance(part, str) else spell(part) for part in self.parts)
        if not self.candidates:
            return what
        notes = self.notes or ("",) * len(self.candidates)
        listed = [spell(one) + note for one, note in zip(self.candidates, notes, strict=True)]
        more = [f"one of {self.n_more} more"] if self.n_more else []
        size = "" if self.picture is None else "x".join(map(str, self.picture))
        where = f" in the picture of {size}" if size and size not in what else ""
        return f"{what}; {self.offer} {' or '.join([*listed, *more])}{where}"


class OutputError(SpeakerBoxesError):
    """A result cannot be written, or a file is there that is not to be overwritten."""


class SubmitError(SpeakerBoxesError):
    """A job was not sent, or did not end well."""


class PreflightError(SubmitError):
    """The job would fail or waste a paid generation; it was not sent."""

    def __init__(self, problem: str, *, remedy: Remedy | None = None, n_more: int = 0) -> None:
        super().__init__(problem, remedy=remedy)
        self.n_more = n_more
        """Findings beside this one that forbid sending, too."""

    def __str__(self) -> str:
        return super().__str__() + (f" (and {self.n_more} more)" if self.n_more else "")


class BoxesFileError(SubmitError):
    """A boxes file, or the report beside it, does not hold what it should."""


class JobFileError(SubmitError):
    """A job file is damaged, in use by another process, or belongs to another request."""


class SubmitConnectionError(SubmitError):
    """The server gave no answer."""

    def __init__(self, message: str, *, reached: bool = True) -> None:
        super().__init__(message)
        self.reached = reached
        """Whether the request may have arrived; not if there never was a connection."""


class SubmitStatusError(SubmitError):
    """The server answered 4xx or 5xx."""

    def __init__(
        self,
        problem: str,
        *,
        status_code: int,
        code: str | None = None,
        request_id: str | None = None,
        remedy: Remedy | None = None,
    ) -> None:
        super().__init__(problem, remedy=remedy)
        self.status_code = status_code
        self.code = code
        self.request_id = request_id


class SubmitReplyError(SubmitError):
    """The server reported success with a body that we do not understand."""


class GenerationError(SubmitError):
    """The server took the job, and it ended without a result."""

    def __init__(
        self,
        problem: str,
        *,
        generation_id: str,
        code: str | None = None,
        remedy: Remedy | None = None,
    ) -> None:
        super().__init__(problem, remedy=remedy)
        self.generation_id = generation_id
        self.code = code


class SubmitTimeoutError(SubmitError):
    """The job has not ended by the deadline; it goes on at the server."""
