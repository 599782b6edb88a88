"""Who is one person and who are two, and several speakers: by the page, compared with the file."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from speaker_boxes.edits.apply import apply_edits
from speaker_boxes.edits.codec import edits_from_json
from speaker_boxes.track.output.report import boxes_json
from tests.page.conftest import StartPicker, blind
from tests.page.walking import at, choose_the_astronaut, look, open_page, save, spot


def test_people_are_joined(context: BrowserContext, start_picker: StartPicker) -> None:
    """Two cards become one, and the speaker has the boxes of both."""
    picker = start_picker()
    page = open_page(context, picker)
    choose_the_astronaut(page)
    expect(page.locator("#people .card.speaking")).to_have_count(1)
    n_people = page.locator("#people .card").count()
    page.get_by_label("Select Person 1").click()
    page.get_by_label("Join with 1: Person 2 with Person 1").click()
    expect(page.locator("#people .card")).to_have_count(n_people - 1)
    edits = save(page, picker)

    assert n_people > 1
    assert len(edits["joins"]) == 1
    assert picker.session.clip is not None
    result = apply_edits(picker.session.clip, edits_from_json(edits), describer=blind())[""]
    assert picker.out.read_text() == boxes_json(result)


def test_two_speakers_take_turns(context: BrowserContext, start_picker: StartPicker) -> None:
    """Named speakers, a turn of each; the page writes turns.json and one array."""
    picker = start_picker()
    page = open_page(context, picker)
    choose_the_astronaut(page)
    page.get_by_role("button", name="Add speaker").click()
    name = page.get_by_label("Name of speaker1")
    name.fill("ana")
    name.press("Enter")
    expect(page.get_by_label("Name of ana")).to_be_visible()
    page.get_by_label("Work on ana").check()
    at(page, 0)
    page.keyboard.press("i")
    at(page, 49)
    page.keyboard.press("o")
    page.keyboard.press("t")
    expect(page.locator("#hand")).to_contain_text("turn of ana, 0 to 2 s")
    look(page, "6-turns")
    edits = save(page, picker)

    assert [one["name"] for one in edits["speakers"]] == ["ana"]
    turn = {"start_s": 0.0, "end_s": 2.0, "speaker": "ana"}
    assert edits["turns"] == [turn]
    assert json.loads(picker.out.with_suffix(".turns.json").read_bytes()) == edits["turns"]
    boxes = json.loads(picker.out.read_bytes())["bounding_boxes"]
    assert None not in boxes[:50]
    assert boxes[50:] == [None] * 120


def test_people_who_are_seen_together_are_not_joined(
    context: BrowserContext, start_picker: StartPicker, two_faces: Path
) -> None:
    """It is refused in plain words, and nothing is changed by it."""
    page = open_page(context, start_picker(two_faces))
    choose_the_astronaut(page)
    page.get_by_label("Select Person 1").click()
    page.get_by_label("Join with 1: Person 2 with Person 1").click()

    expect(page.locator("#toast")).to_contain_text("cannot be one person: they are seen together")
    expect(page.locator("#people .card")).to_have_count(2)
    expect(page.locator("#hand")).to_contain_text("Nothing yet.")
    assert page.locator("#undo").get_attribute("title") == "Undo: Choose the speaker"


def test_a_selection_stays_on_the_person_whatever_their_number(
    context: BrowserContext, start_picker: StartPicker, two_faces: Path
) -> None:
    """Numbers go by time on screen: who is parted loses the first place to the other person."""
    page = open_page(context, start_picker(two_faces))
    choose_the_astronaut(page)
    page.get_by_label("Select Person 1").click()
    at(page, 30)
    page.keyboard.press("g")
    expect(page.locator("#people .card")).to_have_count(3)

    expect(page.locator(".card.selected strong")).not_to_have_text("Person 1")
    page.keyboard.press("Control+z")
    expect(page.locator("#people .card")).to_have_count(2)
    expect(page.locator(".card.selected strong")).to_have_text("Person 1")


def test_a_span_without_the_person_is_told(
    context: BrowserContext, start_picker: StartPicker
) -> None:
    """Chosen by the name on the timeline; nothing is changed, where it would have been null."""
    page = open_page(context, start_picker())
    choose_the_astronaut(page)
    expect(page.locator("#people .card.speaking")).to_have_count(1)
    lane = 1  # below the speaker's
    page.locator("#timeline").click(position={"x": 40, "y": 22 + 20 * lane + 10})
    expect(page.locator(".card.selected strong")).to_have_text("Person 1")
    seen = {int(frame) for frame in page.evaluate(TRACKS)}
    at(page, next(frame for frame in (12, 150) if frame not in seen))
    page.keyboard.press("p")

    expect(page.locator("#toast")).to_contain_text("Person 1 is not seen in frames")
    expect(page.locator("#hand")).to_contain_text("Nothing yet.")


TRACKS = """async () => {
  const ask = {method: "POST", body: JSON.stringify({edits: null})};
  const view = await (await fetch("/api/view", ask)).json();
  return [12, 150].filter((frame) => view.persons[0].tracks.some(
    (track) => view.tracks[track][0] <= frame && frame <= view.tracks[track][1]));
}"""


def test_what_is_refused_leaves_the_redo(
    context: BrowserContext, start_picker: StartPicker, two_faces: Path
) -> None:
    page = open_page(context, start_picker(two_faces))
    choose_the_astronaut(page)
    page.keyboard.press("n")
    expect(page.locator("#hand")).to_contain_text("nobody")
    page.keyboard.press("Control+z")
    expect(page.locator("#hand")).to_contain_text("Nothing yet.")
    page.get_by_label("Select Person 1").click()
    page.get_by_label("Join with 1: Person 2 with Person 1").click()
    expect(page.locator("#toast")).to_contain_text("cannot be one person")
    page.keyboard.press("Control+Shift+z")

    expect(page.locator("#hand")).to_contain_text("nobody")


def test_two_speakers_are_seen_in_their_colours(
    context: BrowserContext, start_picker: StartPicker, two_faces: Path
) -> None:
    """Each has a box of their own colour; the file has both, as the edits mean."""
    picker = start_picker(two_faces)
    page = open_page(context, picker)
    choose_the_astronaut(page)
    page.get_by_role("button", name="Add speaker").click()
    expect(page.get_by_label("Work on speaker2")).to_be_checked()
    page.mouse.click(*spot(page, 1279 - 281, 180))
    expect(page.locator(".speaker.active")).to_contain_text("50 of 50 frames with a box")
    look(page, "7-two-speakers")

    for _ in range(50):  # the boxes are on their way
        left, right = _coloured(page)
        if left[0] and right[1]:
            break
        page.wait_for_timeout(200)
    assert left[0] > 100 < right[1]
    assert left[1] == 0 == right[0]
    edits = save(page, picker)
    assert picker.session.clip is not None
    results = apply_edits(picker.session.clip, edits_from_json(edits), describer=blind())
    for name in ("speaker1", "speaker2"):
        saved = picker.out.with_name(f"out.{name}.json")
        assert saved.read_text() == boxes_json(results[name])


def _coloured(page: Page) -> list[list[int]]:
    """How many pixels of each half of the picture have each speaker's colour."""
    counts: list[list[int]] = page.evaluate(
        """() => {
          const canvas = document.getElementById("overlay");
          const small = document.createElement("canvas").getContext("2d");
          const colours = [...document.querySelectorAll(".speaker .swatch")].map((swatch) => {
            small.fillStyle = getComputedStyle(swatch).backgroundColor;
            small.fillRect(0, 0, 1, 1);
            return small.getImageData(0, 0, 1, 1).data;
          });
          const half = Math.floor(canvas.width / 2);
          return [0, half].map((x) => {
            const {data} = canvas.getContext("2d").getImageData(x, 0, half, canvas.height);
            return colours.map((colour) => {
              let count = 0;
              for (let i = 0; i < data.length; i += 4)
                count += [0, 1, 2].every((k) => Math.abs(data[i + k] - colour[k]) < 4) ? 1 : 0;
              return count;
            });
          });
        }"""
    )
    return counts


def test_turns_are_read_from_a_file_and_written_to_one(
    context: BrowserContext, start_picker: StartPicker, two_faces: Path, tmp_path: Path
) -> None:
    page = open_page(context, start_picker(two_faces))
    choose_the_astronaut(page)
    page.get_by_role("button", name="Add speaker").click()
    page.mouse.click(*spot(page, 1279 - 281, 180))
    expect(page.locator(".speaker.active")).to_contain_text("frames with a box")
    strange = tmp_path / "strange.json"
    strange.write_text('[{"start_s": 0, "end_s": 1, "speaker": "nobody"}]')
    turns = [
        {"start_s": 0, "end_s": 1, "speaker": "speaker1"},
        {"start_s": 1, "end_s": 2, "speaker": "speaker2"},
    ]
    file = tmp_path / "turns.json"
    file.write_text(json.dumps(turns))

    page.locator("#turns-file").set_input_files(strange)
    expect(page.locator("#toast")).to_contain_text("a turn is of nobody, the speakers are speaker1")
    page.locator("#turns-file").set_input_files(file)
    expect(page.locator("#hand")).to_contain_text("turn of speaker2, 1 to 2 s")
    look(page, "8-turns")
    with page.expect_download() as download:
        page.get_by_role("button", name="Write turns.json").click()
    assert json.loads(download.value.path().read_bytes()) == turns
