"""How large the install is, and what of it is whose: ``python -m benchmarks.install_size``.

Counts the files of the package and of all that it requires, without extras, in the environment in
which it runs, and writes ``results/install.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

import speaker_boxes
from benchmarks.machine import describe_machine
from benchmarks.media import RESULTS

OUT = RESULTS / "install.json"
OWN = "speaker-boxes"


def main() -> None:
    """Measure, write, and print the largest."""
    sizes = {name: size_of(found) for name, found in sorted(required(OWN).items())}
    sizes[OWN] = own_size()
    sizes = dict(sorted(sizes.items(), key=lambda item: -item[1]))
    results = {"machine": describe_machine(), "bytes": sizes}
    OUT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for name, size in sizes.items():
        print(f"{size / 1e6:8.1f} MB  {name}")
    print(f"{sum(sizes.values()) / 1e6:8.1f} MB")


def required(name: str) -> dict[str, Distribution]:
    """A distribution and all that it requires, by name."""
    found: dict[str, Distribution] = {}
    to_do = [name]
    while to_do:
        key = to_do.pop().lower().replace("_", "-")
        if key in found:
            continue
        found[key] = distribution(key)
        to_do += list(_requirements(found[key]))
    return found


def _requirements(one: Distribution) -> Iterator[str]:
    for text in one.requires or ():
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            distribution(requirement.name)
        except PackageNotFoundError:  # of another extra of theirs
            continue
        yield requirement.name


def size_of(one: Distribution) -> int:
    """Bytes of the files that an install of it has, compiled ones too."""
    paths = (Path(str(one.locate_file(file))) for file in one.files or ())
    return sum(path.stat().st_size for path in paths if path.is_file())


def own_size() -> int:
    """The same of this package, which may be here as links."""
    folders = [Path(folder) for folder in speaker_boxes.__path__]
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files)


if __name__ == "__main__":
    main()
