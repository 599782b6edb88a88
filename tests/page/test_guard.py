"""Who is let in, and what is served."""

from __future__ import annotations

import json
import os
import random
import re
import socket
import string

import httpx
import pytest
from starlette.routing import Mount, Route

from speaker_boxes.track.options import TrackOptions
from tests.page.conftest import WAIT_S, Picker, StartPicker

N_RANDOM = int(os.environ.get("SPEAKER_BOXES_FUZZ", "400"))
"""Random requests; a larger number is for by hand."""
UNENDING = {"/api/events", "/api/speech"}
"""Answered for as long as the page is open, and after a network has looked at every face."""


def doors(picker: Picker, number: str = "0") -> list[tuple[str, str]]:
    """Every method and path that is answered, as the app has them: none can be forgotten here."""
    found = []
    for route in picker.app.routes:
        if isinstance(route, Route):
            path = re.sub(r"\{\w+\}", number, route.path)
            found += [(method, path) for method in sorted(route.methods or ())]
        else:
            assert isinstance(route, Mount)
            found.append(("GET", f"{route.path}/js/main.js"))
    return found


def test_every_door_is_known(client: httpx.Client, picker: Picker) -> None:
    """The paths that these tests try lead somewhere: only the method is not what is served."""
    paths = {path for _, path in doors(picker)}
    own = {"origin": picker.origin}

    assert {path: client.patch(path, headers=own).status_code for path in paths} == dict.fromkeys(
        paths, 405
    )


def raw(picker: Picker, request: bytes) -> bytes:
    """Bytes as they are: no client mends them. The first line of the answer."""
    port = int(picker.origin.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as link:
        link.sendall(request)
        answer = b""
        while not answer.endswith(b"\n") and (part := link.recv(1)):
            answer += part
    return answer


def test_the_link_is_good_once(start_picker: StartPicker) -> None:
    picker = start_picker()
    with httpx.Client(timeout=WAIT_S, trust_env=False) as client:
        first, page = client.get(picker.link), client.get(picker.origin)

    assert (first.status_code, page.status_code) == (303, 200)
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=strict" in first.headers["set-cookie"]
    assert httpx.get(picker.link, trust_env=False).status_code == 403


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("?token=guessed", {}),
        ("?token=", {}),
        ("", {"cookie": "speaker-boxes-{port}=guessed"}),
    ],
    ids=["no token", "guessed token", "empty token", "guessed cookie"],
)
def test_without_a_token_nothing_is_served(
    picker: Picker, query: str, headers: dict[str, str]
) -> None:
    port = picker.origin.rpartition(":")[2]
    sent = {name: value.format(port=port) for name, value in headers.items()}
    with httpx.Client(base_url=picker.origin, timeout=WAIT_S, trust_env=False) as stranger:
        answers = {
            (method, path): stranger.request(
                method, path + query, headers={"origin": picker.origin, **sent}
            ).status_code
            for method, path in doors(picker)
        }

    assert answers == dict.fromkeys(answers, 403)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
    ids=["foreign host", "host without the port", "foreign origin", "null origin", "cross-site"],
)
def test_other_hosts_and_origins_are_refused(
    client: httpx.Client, picker: Picker, headers: dict[str, str]
) -> None:
    """Even with the cookie."""
    answers = {
        (method, path): client.request(
            method, path, headers={"origin": picker.origin, **headers}
        ).status_code
        for method, path in doors(picker)
    }

    assert client.get("/api/clip").status_code == 200
    assert answers == dict.fromkeys(answers, 403)


def test_a_change_needs_an_origin(client: httpx.Client, picker: Picker) -> None:
    answers = {
        (method, path): client.request(method, path, json={}).status_code
        for method, path in doors(picker)
        if method not in {"GET", "HEAD"}
    }

    assert {("PUT", "/api/draft"), ("POST", "/api/save")} <= set(answers)
    assert answers == dict.fromkeys(answers, 403)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/../../etc/passwd",
        "/etc/passwd",
        "/frame/..%2f..%2fetc%2fpasswd.jpg",
        "/frame/-1.jpg",
        "/frame/99999999999999999999999999.jpg",
        "/frame/170.jpg",
        "/frame/1e3.jpg",
        "/frame/%D9%A3.jpg",
        "/frame/0.jpg?w=-5",
        "/frame/0.jpg?w=100000",
        "/crop/-1.jpg",
        "/crop/99999.jpg",
        "/api/window?rev=x&first=-1&end=5",
        "/api/window?rev=x&first=0&end=99999999999999999",
        "/static/%00",
    ],
)
def test_what_is_not_there_is_refused(client: httpx.Client, picker: Picker, path: str) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    host = picker.origin.removeprefix("http://")
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close", f"Cookie: {cookie}"]
    request = "\r\n".join([*lines, "", ""]).encode()

    assert raw(picker, request).split()[1] in {b"400", b"404", b"409"}


def test_no_script_may_come_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/")

    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in page.text
    assert "style=" not in page.text
    assert "//" not in page.text.replace("<!doctype", "")


def test_the_server_listens_on_this_machine_alone(picker: Picker) -> None:
    port = int(picker.origin.rpartition(":")[2])
    with pytest.raises(OSError):  # noqa: PT011 - refused, or no such address
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_random_requests_are_answered_and_never_with_an_error_of_ours(
    client: httpx.Client, picker: Picker
) -> None:
    """Paths, numbers, bodies and headers by chance; afterwards the page is still served."""
    chance = random.Random(12)
    _wait_for_faces(client)
    answers = set()
    for _ in range(N_RANDOM):
        method, path, body, headers = _random_request(chance, picker)
        url = picker.origin + path  # a path that begins with two slashes names no other host
        try:
            answers.add(client.request(method, url, content=body, headers=headers).status_code)
        except httpx.ReadError:  # it refused, and closed before the whole body was sent
            assert client.get("/api/clip").status_code == 200

    assert {code for code in answers if code >= 500} == set()
    assert client.get("/api/clip").status_code == 200


def _wait_for_faces(client: httpx.Client) -> None:
    with client.stream("GET", "/api/events") as events:
        for line in events.iter_lines():
            if '"ready"' in line:
                return


def _random_request(
    chance: random.Random, picker: Picker
) -> tuple[str, str, bytes, dict[str, str]]:
    number = chance.choice(
        ["0", "169", "170", "-1", "9" * 30, "1e5", "NaN", "%00", "\u0661", "", "../1"]
    )
    paths = sorted({path for _, path in doors(picker, number)} - UNENDING)
    path = chance.choice(
        [*paths, f"/static/{number}",
         f"/api/window?rev={number}&first={number}&end={number}",
         f"/api/found?first={number}&end={number}", f"/frame/0.jpg?w={number}",
         "/" + "".join(chance.choices(string.printable[:94].replace("#", ""), k=12))]
    )  # fmt: skip
    sha = picker.session.sha256
    values: list[object] = [
        None,
        0,
        -1,
        10**400,
        "x",
        [],
        {},
        [0, 1, 2],
        [[0, 300, 200]],
        True,
        1e308,
    ]
    keys = ("speakers", "joins", "spans", "turns", "format")
    edits = {key: chance.choice(values) for key in keys}
    click = [chance.choice([0, 12, 10**30]), 281, 180]
    first = chance.choice([0, -1, 10**20])
    whole = {
        "format": 1,
        "clip": {"sha256": sha, "name": "x"},
        "speakers": [
            {
                "name": chance.choice(["", "a", "/", "\ud800"]),
                "clicks": [click],
            }
        ],
        "spans": [{"speaker": "", "first": first, "end": 10, "kind": "null"}],
    }
    body = chance.choice(
        [b"", b"\xff", b"[" * 5000, b"null", json.dumps({"edits": edits}).encode(),
         json.dumps({"edits": whole}).encode(), json.dumps({"edits": None}).encode()]
    )  # fmt: skip
    headers = {"origin": picker.origin, "connection": "close"}
    if chance.random() < 0.1:
        headers[chance.choice(["range", "cookie", "content-type", "if-range"])] = "bytes=9-1,\x7f"
    return chance.choice(["GET", "POST", "PUT", "HEAD", "DELETE"]), path, body, headers


def test_it_ends_when_the_page_was_closed(start_picker: StartPicker) -> None:
    """A page that was open is gone: after the time that is allowed for a reload it is over."""
    picker = start_picker(alone_s=0)
    with httpx.Client(base_url=picker.origin, timeout=WAIT_S, trust_env=False) as client:
        client.get(picker.link)
        _wait_for_faces(client)

    picker.thread.join(timeout=WAIT_S)
    assert not picker.thread.is_alive()


def test_it_ends_when_the_link_is_never_opened(start_picker: StartPicker) -> None:
    picker = start_picker(unopened_s=0)

    picker.thread.join(timeout=WAIT_S)
    assert not picker.thread.is_alive()
    assert not picker.presence.opened


def test_what_is_not_the_default_is_named(start_picker: StartPicker) -> None:
    """The page writes it into the edits, which give the same boxes elsewhere."""
    picker = start_picker(options=TrackOptions(max_gap_s=1.5))
    with httpx.Client(base_url=picker.origin, timeout=WAIT_S, trust_env=False) as client:
        client.get(picker.link)
        clip = client.get("/api/clip").json()

    assert (clip["detector"], clip["max_gap_s"]) == (None, 1.5)


def test_the_draft_is_kept_on_disk(client: httpx.Client, picker: Picker) -> None:
    _wait_for_faces(client)
    put = client.put("/api/draft", json={"format": 1, "x": [1]}, headers={"origin": picker.origin})

    assert put.status_code == 204
    assert client.get("/api/draft").json() == {"format": 1, "x": [1]}
    assert [path.name for path in (picker.session.cache.folder / "picks").iterdir()] == [
        f"{picker.session.sha256}.json"
    ]
