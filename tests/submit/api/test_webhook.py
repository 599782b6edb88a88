"""Webhooks: the right one passes, every other one does not."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from speaker_boxes.submit.api.webhook import verify_webhook

BODY, SECRET, NOW = b'{"id": "g1", "status": "COMPLETED"}', "whsec_test", 1_760_000_000


def sign(body: bytes = BODY, secret: str = SECRET, at: int = NOW) -> str:
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


GOOD = sign()


@pytest.mark.parametrize(
    ("signature", "body", "fits"),
    [
        (GOOD, BODY, True),
        (sign(at=NOW - 299), BODY, True),
        (sign(at=NOW + 299), BODY, True),
        (GOOD.replace("v1=", "v1=00,v1="), BODY, True),
        (GOOD.replace(",", ", "), BODY, True),
        (sign(at=NOW - 301), BODY, False),
        (sign(at=NOW + 301), BODY, False),
        (GOOD, BODY + b" ", False),
        (sign(secret="whsec_other"), BODY, False),
        (GOOD.replace(f"t={NOW}", f"t={NOW + 1}"), BODY, False),
        (GOOD.replace("v1=", "v0="), BODY, False),
        (f"t={NOW},{GOOD}", BODY, False),
        (GOOD.split(",")[0], BODY, False),
        ("", BODY, False),
        ("t=,v1=", BODY, False),
        ("t=²,v1=ü", BODY, False),
        ("t=" + "9" * 40 + ",v1=0", BODY, False),
    ],
)
def test_signatures(signature: str, body: bytes, fits: bool) -> None:
    assert verify_webhook(body, signature, SECRET, clock=lambda: NOW) is fits


def test_an_empty_secret_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="an empty secret would let anybody sign"):
        verify_webhook(BODY, sign(secret="x"), "")
