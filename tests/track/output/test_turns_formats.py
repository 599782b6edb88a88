"""Turns from subtitles, diarisation and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from speaker_boxes.errors import TurnsError
from speaker_boxes.track.output.turns_file import read_turns

SRT = """1
00:00:00,000 --> 00:00:02,500
Tom: Hello there.

2
00:00:03,000 --> 00:00:04,000
(music)

3
00:01:05,250 --> 00:01:06,000
- Ben: Who
is it?
"""
VTT = """WEBVTT

intro
00:00.000 --> 00:02.500 align:start
<v Tom>Hello there.

NOTE 1 --> 2 is no cue

01:05.250 --> 01:06.000
<v.loud Ben>Who is it?</v>
""".replace("NOTE 1 --> 2 is no cue\n\n", "")
RTTM = """SPEAKER talk 1 0.000 2.500 <NA> <NA> Tom <NA> <NA>
NON-SPEECH talk 1 2.5 1.0 <NA> <NA> noise <NA> <NA>
SPEAKER talk 1 65.250 0.750 <NA> <NA> Ben <NA> <NA>
"""
CSV = """speaker,start,end,text
Tom,0,2.5,"Hello, there"
Ben,1:05.25,00:01:06.000,Who is it?
,3,4,(music)
"""
TSV = "start_s\tend_s\tspeaker\n0\t2.5\tTom\n65.25\t66\tBen\n"
FILES = {"a.srt": SRT, "a.vtt": VTT, "a.rttm": RTTM, "a.csv": CSV, "a.TSV": TSV}


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with a mark"])
def test_all_forms_say_the_same(tmp_path: Path, name: str, mark: str) -> None:
    """Tom from 0 to 2.5 s, Ben from 65.25 to 66 s; what names nobody is passed over."""
    turns = read_turns(written(tmp_path, name, mark + FILES[name]), ["Tom", "Ben"])

    assert [(turn.start_s, turn.end_s, turn.speaker) for turn in turns] == [
        (0.0, 2.5, "Tom"),
        (65.25, 66.0, "Ben"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.srt", "1\n00:00:01,0 --> soon\nTom: hi\n", "line 2: not a pair of times"),
        ("a.srt", "1\n00:00:02,000 --> 00:00:01,000\nTom: hi\n", "line 2: end_s 1 is not after"),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nhi\n", "names no speaker; say who speaks"),
        ("a.rttm", "SPEAKER talk 1 x 2\n", "line 1: not an RTTM line"),
        ("a.csv", "start,stop\n1,2\n", "line 1: no column speaker"),
        ("a.csv", "start,end,speaker\n1,two,Tom\n", "line 2: a time is 83.4, 1:23.4 or"),
        ("a.csv", "start,end,speaker\n1,2\n", "line 2: has 2 columns, the head has 3"),
        ("a.vtt", "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Eva>hi\n", "is of 'Eva', the speakers"),
        ("a.csv", "", "line 1: no column start_s; the head has nothing"),
        ("a.csv", "0,5,Tom\n", "the head has 0, 5, tom, and names the columns, as start,end,sp"),
        (
            "a.srt",
            "1\n00:00:01,000 --> 00:00:02,000\n- Tom: hi\n- Ben: ho\n",
            "line 2: one cue of Tom and Ben; give each a cue of their own",
        ),
        ("a.vtt", "0:01.0 --> 0:02.0\n<v Tom>hi</v> <v Ben>ho</v>\n", "one cue of Tom and Ben"),
        ("a.txt", SRT, "; other forms end in .srt, .vtt, .rttm, .csv or .tsv"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    path = written(tmp_path, name, text)

    with pytest.raises(TurnsError) as caught:
        read_turns(path, ["Tom", "Ben"])

    assert str(path) in str(caught.value)
    assert reason in str(caught.value)


def test_letters_of_another_encoding_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes("1\n00:00:01,000 --> 00:00:02,000\nJosé: hola\n".encode("latin-1"))

    with pytest.raises(TurnsError, match="it is not UTF-8"):
        read_turns(path, ["José"])
