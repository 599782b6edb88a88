"""Not to wait: the server calls a webhook when a generation has ended.

Submit with ``SubmitOptions(webhook_url=...)``, then let a server of yours hand what comes in to
``ended_generation``.
"""

import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from speaker_boxes import verify_webhook


def ended_generation(body: bytes, signature: str, secret: str) -> tuple[str, str] | None:
    """Id and status of the generation; ``None`` if the message is not from the API."""
    if not verify_webhook(body, signature, secret):
        return None
    told = json.loads(body)
    return told["id"], told["status"]


class Hook(BaseHTTPRequestHandler):
    """Answers 204 to the API and 401 to everybody else."""

    def do_POST(self) -> None:  # the name that http.server calls
        """Take one message."""
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), 1 << 24))
        signature = self.headers.get("sync-signature", "")
        ended = ended_generation(body, signature, os.environ["SYNC_WEBHOOK_SECRET"])
        self.send_response(204 if ended else 401)
        self.end_headers()
        if ended:
            print("generation", *ended)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", 8000), Hook).serve_forever()
