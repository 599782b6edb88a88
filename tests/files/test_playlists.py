"""A list of other files, however it is called and wherever it lies, leads nowhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.errors import VideoOpenError
from tests.files.serving import Server, square_around

WriteVideo = Callable[..., Path]
PLAYLISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{target}\n#EXT-X-ENDLIST\n",
    "master.m3u8": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{target}\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{target}'\n",
    "list.mpd": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-main:2011">'
        '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1" '
        'codecs="avc1.4d401f"><BaseURL>{target}</BaseURL></Representation></AdaptationSet>'
        "</Period></MPD>"
    ),
    "list.sdp": (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:{target}\n"
    ),
    "list.pls": "[playlist]\nFile1={target}\nNumberOfEntries=1\n",
    "list.ram": "{target}\n",
    "list.asx": '<asx version="3.0"><entry><ref href="{target}"/></entry></asx>',
    "list.xspf": "<playlist><trackList><track><location>{target}</location></track></trackList>"
    "</playlist>",
    "list.smil": '<smil><body><video src="{target}"/></body></smil>',
}


@pytest.mark.parametrize("disguise", [False, True], ids=["by its name", "called .mp4"])
@pytest.mark.parametrize("by_url", [False, True], ids=["path", "url"])
@pytest.mark.parametrize("name", PLAYLISTS)
def test_playlists_lead_nowhere(
    serve: Callable[[], Server],
    write_video: WriteVideo,
    tmp_path: Path,
    name: str,
    by_url: bool,
    disguise: bool,
) -> None:
    """A list of other files is refused; neither a file here nor another server is touched."""
    clip, server, other = write_video(6, "private.mp4"), serve(), serve()
    other.answers["/private.mp4"] = square_around(clip.read_bytes())
    for target in (str(clip), clip.name, f"file:{clip}", other.url("/private.mp4")):
        path = tmp_path / (f"{name}.mp4" if disguise else name)
        path.write_text(PLAYLISTS[name].format(target=target))
        server.answers[f"/{path.name}"] = square_around(path.read_bytes())

        with pytest.raises(VideoOpenError) as caught:
            open_video(server.url(f"/{path.name}") if by_url else path)

        assert "\n" not in str(caught.value)
    assert other.asked == []
    assert len(server.asked) == (4 if by_url else 0)
