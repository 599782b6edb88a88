"""What README and the pages in docs say can be followed: blocks run, links lead somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import speaker_boxes
from speaker_boxes.commands.common.settings import read_settings
from tests.golden.pages import PAGES, ROOT, rewritten

DOCUMENTS = [
    *PAGES,
    *(ROOT / f"{name}.md" for name in ("ARCHITECTURE", "CONTRIBUTING", "CHANGELOG")),
]
ELSEWHERE = {
    "pip install": ".ci/run",
    "apt install": ".ci/run",
    "npm install": "tests/project/test_examples.py",
    "export SYNC_API_KEY": "tests/commands/conftest.py",
    "speaker-boxes pick": "tests/page/test_walk.py",
    "--active-speaker": "tests/commands/faces/test_active_speaker.py",
    "--edits": "tests/commands/faces/test_track_edits.py",
    "dask ": "tests/commands/batch/test_batch.py",
    "--scheduler": "tests/commands/batch/test_batch.py",
    "--submit": "tests/commands/batch/test_batch_submit.py",
    "node examples/": "tests/project/test_examples.py",
    "python examples/": "tests/project/test_examples.py",
}
"""What only the reader's own machine or account can do, and what runs the same here."""


def ids(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def without_code(text: str) -> str:
    """Brackets in code are no links, and a comment there is no heading."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """What a link may name after ``#``: headings as GitHub spells them."""
    headings = re.findall(
        r"^#+ (.+)$", without_code(path.read_text(encoding="utf-8")), re.MULTILINE
    )
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_each_block_prints_what_stands_there(page: Path) -> None:
    """Write them again with ``python -m tests.golden.make_readme`` when they changed."""
    assert rewritten(page) == page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_what_is_not_run_here_is_run_elsewhere(page: Path) -> None:
    """Each line of an ``sh`` block is one that another test knows."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            known = [where for what, where in ELSEWHERE.items() if what in line]
            assert known, line
            assert all((ROOT / where).is_file() for where in known)


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_blocks_are_of_known_kinds(page: Path) -> None:
    """A kind that nothing runs would be a claim that nothing checks."""
    text = page.read_text(encoding="utf-8")

    kinds = set(re.findall(r"^```(\S+)$", text, re.MULTILINE))
    assert kinds <= {"console", "python", "sh", "json", "toml"}


def test_settings_on_the_pages_can_be_set(tmp_path: Path) -> None:
    """Those of a block, and those that its comment names beside them."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    blocks = [b for t in texts for b in re.findall(r"^```toml\n(.*?)^```$", t, re.DOTALL | re.M)]
    path = tmp_path / "config.toml"
    for block in blocks:
        path.write_text(block, encoding="utf-8")
        named = set(read_settings(path)) | set(re.findall(r"(?:also:|;) (\w+)", block))
        assert named == {"detector", "detector_model", "workers", "cache", "model"}
    assert blocks


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids(DOCUMENTS))
def test_links_lead_to_files_and_headings(document: Path) -> None:
    """Every relative link, picture and anchor."""
    text = without_code(document.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    for target in targets:
        if re.match(r"https?:", target):
            continue
        name, _, anchor = target.partition("#")
        path = document.parent / name if name else document
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path), target


def test_the_pipeline_page_explains_every_status() -> None:
    """A row each, in their order."""
    text = (ROOT / "docs" / "pipeline.md").read_text(encoding="utf-8")

    rows = re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE)
    assert rows == [status.name for status in speaker_boxes.Status]


def test_every_page_is_linked_from_the_readme() -> None:
    readme = PAGES[0].read_text(encoding="utf-8")

    assert [page.name for page in PAGES[1:] if f"(docs/{page.name}" not in readme] == []


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_pages_name_public_things_only(page: Path) -> None:
    """Each name that a program there imports is at the front door."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module == "speaker_boxes":
                assert {alias.name for alias in node.names} <= set(speaker_boxes.__all__)
            elif isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("speaker_boxes.")
