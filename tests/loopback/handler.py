"""The good answer to each call, in the API's spelling."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback.state import FakeSync, Seen, route_of


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    sync: FakeSync
    host: str

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        self.route = route_of(self.host, self.command, parts.path)
        with self.sync.lock:
            queue = self.sync.faults.get(self.route, [])
            fault = queue.pop(0) if queue else None
        if getattr(fault, "before_body", False) and fault is not None:
            fault(self, lambda: None)
            return
        self.body = self._read_body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.record = Seen(
            self.host, self.command, parts.path, parse_qs(parts.query), headers, self.body
        )
        self.sync.seen.append(self.record)
        if fault is None:
            self.good()
        else:
            fault(self, self.good)

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("transfer-encoding", ""):
            raise AssertionError("storage hosts take no chunked bodies")
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def send(
        self,
        status: int,
        body: object = None,
        headers: dict[str, str] | None = None,
        *,
        announce: int | None = None,
    ) -> None:
        """Answer, with JSON unless it is bytes already."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        said = {"content-type": "application/json", **(headers or {})}
        said["content-length"] = str(len(raw) if announce is None else announce)
        for name, value in said.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)
        self.wfile.flush()

    def hang_up(self) -> None:
        """Cut the connection."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def generation(self, generation_id: str, status: str) -> dict[str, Any]:
        """A generation in the API's spelling."""
        found: dict[str, Any] = {
            "id": generation_id,
            "createdAt": "2026-01-01T00:00:00Z",
            "status": status,
            "model": "lipsync-2",
            "input": [],
        }
        if status == "COMPLETED":
            found["outputUrl"] = f"{self.sync.storage_url}/result/{generation_id}.mp4?signature=s"
        return {**found, **self.sync.extra}

    def good(self) -> None:
        """Do what the API would."""
        getattr(self, f"good_{self.route}", self.good_unknown)()

    def good_unknown(self) -> None:
        self.send(404, {"statusCode": 404, "message": "Cannot find it", "error": "Not Found"})

    def good_upload(self) -> None:
        with self.sync.lock:
            self.sync.places += 1
            number = self.sync.places
        name = json.loads(self.body)["fileName"]
        place = f"{self.sync.storage_url}/files/{number}-{name}"
        answer = {"uploadUrl": f"{place}?signature=s", "url": place, "expiresIn": 3600}
        self.send(201, answer)

    def good_put(self) -> None:
        self.sync.stored[self.record.path] = self.body
        self.send(200, b"", {"content-type": "text/plain"})

    def good_register(self) -> None:
        path = urlsplit(json.loads(self.body)["url"]).path
        if path not in self.sync.stored:
            self.send(404, {"message": "no such file", "errorCode": "uploaded_file_not_found"})
            return
        self.send(201, {"id": f"asset-{path.split('/')[-1].split('-')[0]}"})

    def make_job(self) -> str:
        """Take the create: the same job for the same key."""
        with self.sync.lock:
            key = self.record.headers.get("idempotency-key", f"none-{len(self.sync.jobs)}")
            if self.sync.requests.setdefault(key, self.body) != self.body:
                self.sync.conflicts += 1
            if key not in self.sync.jobs:
                self.sync.running.add(f"gen-{len(self.sync.jobs) + 1}")
            return self.sync.jobs.setdefault(key, f"gen-{len(self.sync.jobs) + 1}")

    def is_full(self) -> bool:
        """Whether the plan's slots are all taken, by other jobs than this one."""
        with self.sync.lock:
            slots, key = self.sync.slots, self.record.headers.get("idempotency-key")
            full = slots is not None and key not in self.sync.jobs
            full = full and len(self.sync.running) >= (slots or 0)
            self.sync.refused_slots += full
            return full

    def good_create(self) -> None:
        if self.is_full():
            body = {"errorCode": "concurrency_limit_reached", "retryAfterSeconds": 1}
            self.send(429, {"statusCode": 429, "message": "Too many at a time", **body})
            return
        self.send(201, self.generation(self.make_job(), "PENDING"))

    def good_look(self) -> None:
        with self.sync.lock:
            statuses = self.sync.statuses
            status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        generation_id = self.record.path.rsplit("/", 1)[-1]
        if status in ("COMPLETED", "FAILED"):
            with self.sync.lock:
                self.sync.running.discard(generation_id)
        self.send(200, self.generation(generation_id, status), {"retry-after": "2"})

    def good_list(self) -> None:
        self.send(200, [self.generation("gen-1", "PENDING"), {"odd": True}])

    def good_cost(self) -> None:
        self.send(200, [{"estimatedFrameCount": 170, "estimatedGenerationCost": 0.34}])

    def good_estimate(self) -> None:
        self.good_cost()

    def make_batch(self) -> dict[str, Any]:
        """Take the file of a batch: another batch each time, as no key is documented."""
        with self.sync.lock:
            lines = self.body.split(b"\r\n\r\n", 1)[1].split(b"\r\n--")[0].splitlines()
            self.sync.batches.append([json.loads(line) for line in lines])
            return self.batch(len(self.sync.batches), "PENDING")

    def batch(self, number: int, status: str) -> dict[str, Any]:
        """A batch in the API's spelling."""
        count = len(self.sync.batches[number - 1])
        return {
            "id": f"batch-{number}",
            "created_at": datetime.now(UTC).isoformat(),
            "status": status,
            "metrics": {
                "total_generations": count, "success_count": 0, "failed_count": 0,
                "pending_count": count,
            },
            "outputUrl": f"{self.sync.base_url}/v2/batch/batch-{number}/output",
        }  # fmt: skip

    def good_batch(self) -> None:
        self.send(201, self.make_batch())

    def good_batches(self) -> None:
        self.send(200, [self.batch(i + 1, "PENDING") for i in range(len(self.sync.batches))])

    def good_batch_look(self) -> None:
        if self.record.path.endswith("/output"):
            where = f"{self.sync.storage_url}{self.record.path}?signature=s"
            self.send(302, b"", {"location": where})
            return
        with self.sync.lock:
            statuses = self.sync.statuses
            status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        self.send(200, self.batch(int(self.record.path.rsplit("-", 1)[-1]), status))

    def send_batch_rows(self) -> None:
        """What became of each request, in words of the documentation."""
        requests = self.sync.batches[int(self.record.path.split("/")[3].split("-")[1]) - 1]
        rows = [
            {
                "requestId": one["request_id"],
                "status": "COMPLETED",
                "generationId": f"gen-{i + 1}",
                "outputMediaUrl": f"{self.sync.storage_url}/result/gen-{i + 1}.mp4?signature=s",
            }
            for i, one in enumerate(requests)
        ]
        body = "".join(json.dumps(row) + "\n" for row in rows).encode()
        self.send(200, body, {"content-type": "application/jsonl"})

    def good_result(self, cut_after: int | None = None) -> None:
        if self.record.path.startswith("/v2/batch/"):
            self.send_batch_rows()
            return
        whole = self.sync.result
        headers = {"content-type": "video/mp4"}
        if self.sync.result_etag:
            headers["etag"] = self.sync.result_etag
        start, status = 0, 200
        asked = self.record.headers.get("range")
        if asked and self.record.headers.get("if-range") == self.sync.result_etag:
            start, status = int(asked.removeprefix("bytes=").rstrip("-")), 206
            headers["content-range"] = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
            if start >= len(whole):
                self.send(416, b"", {"content-range": f"bytes */{len(whole)}"})
                return
        sent = whole[start:] if cut_after is None else whole[start : start + cut_after]
        self.send(status, sent, headers, announce=len(whole) - start)
        if cut_after is not None:
            self.hang_up()
