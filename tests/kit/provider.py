"""A real OIDC provider (npm `oidc-provider`) as a process, and a person's browser that signs in there."""

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx
import pytest

from kit.server import free_port
from kit.tools import ROOT, require

CLIENT_ID, CLIENT_SECRET = "havre", "a secret/of:the client"
_PACKAGES = ROOT / ".tools" / "oidc"
_SCRIPT = ROOT / "tests" / "kit" / "oidc" / "provider.mjs"


@dataclass
class Provider:
    """The provider on a loopback port; a context manager that stops it."""

    redirect_uri: str
    people: Mapping[str, Mapping[str, object]]
    port: int = field(default_factory=free_port)
    method: str = "client_secret_basic"
    _process: "subprocess.Popen[str] | None" = None

    @property
    def url(self) -> str:
        """The issuer."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        """Start it and wait until it listens."""
        script = _installed()
        client = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uris": [self.redirect_uri],
            "post_logout_redirect_uris": [self.redirect_uri.partition("/c/")[0] + "/"],
            "token_endpoint_auth_method": self.method,
        }
        document = {"port": self.port, "clients": [client], "people": self.people}
        self._process = subprocess.Popen(
            [str(require("node")), script],
            env={**os.environ, "OIDC_TEST": json.dumps(document)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=_PACKAGES,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready", "the OIDC provider did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None


async def sign_in_at(provider_url: str, url: str, login: str) -> str:
    """Sign in at the provider and consent, as a browser; gives the address it sends the browser back to."""
    async with httpx.AsyncClient(timeout=30) as http:
        response = await http.get(url)
        for _ in range(10):
            if response.is_redirect:
                place = urljoin(str(response.url), response.headers["location"])
                if not place.startswith(provider_url):
                    return place
                response = await http.get(place)
                continue
            action, prompt = _form(response.text)
            fields = {"prompt": prompt, "login": login, "password": "any"}
            response = await http.post(urljoin(provider_url, action), data=fields)
    raise AssertionError(f"the provider went round in circles: {response.status_code} {response.text[:500]}")


def _form(page: str) -> Sequence[str]:
    action = re.search(r'<form[^>]*action="([^"]+)"', page)
    prompt = re.search(r'name="prompt" value="([^"]+)"', page)
    assert action is not None, page[:2000]
    assert prompt is not None, page[:2000]
    return unescape(action[1]), prompt[1]


def _installed() -> str:
    if "oidc" in os.environ.get("HAVRE_TEST_SKIP", "").split(","):
        pytest.skip("oidc is named in HAVRE_TEST_SKIP")
    if not (_PACKAGES / "node_modules" / "oidc-provider").is_dir():
        pytest.fail(
            "oidc (the npm package oidc-provider) is missing: run `make tools`; "
            "to leave it out, name it in HAVRE_TEST_SKIP",
            pytrace=False,
        )
    # A module finds its packages from where it stands, not from the working directory.
    script = _PACKAGES / "provider.mjs"
    script.write_bytes(_SCRIPT.read_bytes())
    return str(script)
