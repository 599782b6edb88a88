"""What a user wants each time: a file in the standard place, and variables of the environment.

An option says more than a variable, and a variable more than the file.
"""

from __future__ import annotations

import difflib
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from speaker_boxes.errors import SettingsError
from speaker_boxes.files import read_whole

logger = logging.getLogger(__name__)

VARIABLE = "SPEAKER_BOXES_CONFIG"
"""Names another file."""
_CACHE = "SPEAKER_BOXES_CACHE"
_KINDS: dict[str, tuple[type, str]] = {
    "detector": (str, "a name"),
    "detector_model": (str, "a file"),
    "workers": (int, "a whole number"),
    "cache": (str, "a folder, or false for none"),
    "model": (str, "a name"),
}
"""What may be set, and how. But for ``cache`` each is the option of that name."""


def settings_path() -> Path:
    """Where the file is, or would be: ``config.toml`` in the user's folder for it."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("speaker-boxes") / "config.toml"


def read_settings(path: Path) -> dict[str, Any]:
    """Read what is set; nothing if there is no file.

    Raises
    ------
    SettingsError
        It cannot be read, or sets what there is not; the message names the first.
    """
    if not path.is_file():
        return {}
    import tomllib

    try:
        settings = tomllib.loads(read_whole(path).decode())
    except OSError as error:
        raise SettingsError(f"cannot read settings {path}: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(f"{path} holds no settings: it is not TOML ({error})") from error
    for key, value in settings.items():
        _check(path, key, value)
    return settings


def _check(path: Path, key: str, value: object) -> None:
    if key not in _KINDS:
        near = difflib.get_close_matches(key, _KINDS, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_KINDS)}"
        raise SettingsError(f"{path}: {key} is no setting; {hint}")
    kind, words = _KINDS[key]
    is_kind = isinstance(value, kind) and not isinstance(value, bool)
    if not is_kind and not (key == "cache" and value is False):
        raise SettingsError(f"{path}: {key} must be {words}, got {value!r}")


def defaults_of(settings: Mapping[str, Any], options: set[str]) -> dict[str, Any]:
    """What a command with these options takes if its arguments say nothing else."""
    defaults = {key: value for key, value in settings.items() if key in options}
    if settings.get("cache") is False and "no_cache" in options:
        defaults["no_cache"] = True
    defaults.pop("cache", None)
    return defaults


def apply_cache(settings: Mapping[str, Any]) -> None:
    """Let all of this process, and its workers, keep faces where the settings say."""
    if isinstance(folder := settings.get("cache"), str):
        os.environ.setdefault(_CACHE, str(Path(folder).expanduser()))
