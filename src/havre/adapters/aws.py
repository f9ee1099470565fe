"""Sign requests to Amazon's services: Signature Version 4 (AWS IAM User Guide, "Signing AWS API requests").

Headers and body are signed; the path must need no escape.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from havre.kernel.secret import Secret

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Key:
    """An access key, for one service in one region."""

    id: str
    secret: Secret
    region: str
    service: str


def signed(key: Key, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> dict[str, str]:
    """Give the headers of a POST with what proves it: X-Amz-Date and Authorization, and Host as signed."""
    parts = urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    whole = {**headers, "X-Amz-Date": stamp}
    listed = sorted((name.lower(), value.strip()) for name, value in {**whole, "Host": parts.netloc}.items())
    names = ";".join(name for name, _ in listed)
    canonical = "\n".join(
        (
            *("POST", parts.path or "/", parts.query),
            *(f"{name}:{value}" for name, value in listed),
            *("", names, hashlib.sha256(body).hexdigest()),
        )
    )
    scope = f"{stamp[:8]}/{key.region}/{key.service}/aws4_request"
    text = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signing = f"AWS4{key.secret.reveal()}".encode()
    for part in scope.split("/"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    proof = hmac.new(signing, text.encode(), "sha256").hexdigest()
    whole["Authorization"] = (
        f"{_ALGORITHM} Credential={key.id}/{scope}, SignedHeaders={names}, Signature={proof}"
    )
    return whole
