"""Composed conversations that are kept: searched for faces once, heard with any sound.

The pictures of a conversation are encoded and searched once; another sound is laid beside the
same packets. All is kept in the user's cache, under a name that changes with the scripts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import platformdirs

from benchmarks.media import ROOT
from benchmarks.speech.talk import Talk, script, with_sound, write
from speaker_boxes.active_speaker.boxes import Heard
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.fetch.source import Download
from speaker_boxes.track.conversation.face_pictures import ClipFile
from speaker_boxes.track.conversation.measure import find_conversation
from speaker_boxes.track.identity.persons import find_persons
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.speech.network import Network
from speaker_boxes.tracking import link_clip

_SOURCES = ("compose/footage.py", "speech/cast.py", "speech/talk.py")


def default_folder() -> Path:
    """A folder of the user's cache that belongs to just these scripts."""
    digest = hashlib.sha256()
    for name in _SOURCES:
        digest.update((ROOT / "benchmarks" / name).read_bytes())
    return platformdirs.user_cache_path("speaker-boxes") / f"talks-{digest.hexdigest()[:12]}"


@dataclass(frozen=True)
class ComposedTalk:
    """A conversation, its faces, and what is heard of it with each sound."""

    half: str
    seed: int
    n_turns: int
    network: Network
    folder: Path

    @cached_property
    def talk(self) -> Talk:
        """What is true of it."""
        return script(self.half, self.seed, self.n_turns)

    @cached_property
    def faces(self) -> ClipFaces:
        """Found once: the pictures are the same with any sound."""
        return find_faces(self.clip("own"), options=DetectionOptions(cache=self._cache))

    @property
    def _cache(self) -> Cache:
        return Cache(self.folder / "faces")

    def clip(self, sound: str) -> Path:
        """The file with one of ``SOUNDS``."""
        path = self.folder / f"{self.half}-{self.seed}-{self.n_turns}-{sound}.mkv"
        if not path.is_file():
            part = path.with_suffix(".part.mkv")
            if sound == "own":
                write(self.talk, part)
            else:
                with_sound(self.talk, self.clip("own"), part, sound)
            part.replace(path)
        return path

    def heard(self, sound: str) -> Heard:
        """Listen to it, as ``track_turns`` does, with the sound that is asked for."""
        describer = CachedDescriber(self._cache.embeddings_path(self.faces.video.sha256))
        tracks = link_clip(self.faces, describer, TrackOptions())
        person = find_persons(self.faces, tracks, describer)
        describer.keep()
        found = find_conversation(self.file(sound), tracks, person, lambda: self.network)
        return Heard(self.faces, found, describer, TrackOptions())

    def file(self, sound: str) -> ClipFile:
        """Where its pictures come from; those of faces are kept for all sounds."""
        path = self.clip(sound)
        return ClipFile(
            file=Download(path),
            name=path.name,
            sha256=self.faces.video.sha256,
            cache=self._cache,
        )
