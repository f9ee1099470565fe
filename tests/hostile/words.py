"""What an attacker says: lists to draw from, and what an answer to it may look like."""

from kit.exchange import Reply

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"
DIGESTS = [
    "sha256:",
    "sha256",
    f"sha256:{HEX.upper()}",
    f"sha256:{HEX}0",
    f"sha256:{HEX[1:]}",
    f"sha256:{HEX[:-1]}g",
    f"sha256:{HEX}\n",
    f"SHA256:{HEX}",
    f"sha512:{HEX}",
    f"md5:{HEX[:32]}",
    f":{HEX}",
    f"sha256::{HEX}",
    "sha256:" + "../" * 21 + "a",
    "sha256:" + "٠" * 64,
    "sha256:\0" + HEX[1:],
    "sha256:" + "a" * 10_000,
]
NAMES = [
    "..",
    ".",
    "../..",
    "library/..",
    "library/../library/x",
    "library//x",
    "/library/x",
    "library/x/",
    "library/X",
    "library/-x",
    "library/x-",
    "library/x___y",
    "library/x..y",
    "library/x y",
    "library/x\0y",
    "library/x\ny",
    "library/é",
    "library/%2e%2e",
    "library/%252e%252e/x",
    "library/\\..\\x",
    "library/" + "a" * 300,
    "library/" + "a/" * 130 + "a",
    "library/x'; DROP TABLE blob; --",
    "library/${jndi:x}",
    "_catalog",
    "blobs/uploads",
]
TAGS = [".", "..", "-x", "x" * 129, "a b", "a\0b", "a/../b", "é", "%", "'", "a\n", "{}", "tag@sha256", "*"]
TOO_LARGE = 431


def assert_sane(answer: Reply | None, method: str = "GET") -> None:
    """Hold an answer to the house's promise: never a 5xx, and the OCI envelope on every refusal."""
    assert answer is not None, "the connection was cut without an answer"
    assert answer.status < 500, answer
    if answer.status < 400:
        return
    if method == "HEAD":
        assert answer.body == b""
    elif answer.header("content-type").startswith("text/plain"):
        # Refused by the parser before it was a request at all.
        assert answer.status in (400, TOO_LARGE), answer
    else:
        assert answer.code
