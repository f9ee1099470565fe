"""Trust policies: which signers' signatures an image must bear before it is pulled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from havre.kernel.globs import GlobInvalid, compile_glob
from havre.signing.errors import TrustPolicyInvalid
from havre.signing.public_keys import PublicKey, read_public_key

_MOST_RULES: Final = 50
_MOST_SIGNERS: Final = 50
_LONGEST_NAME: Final = 128
_LONGEST_KEY: Final = 8192


class Mode(StrEnum):
    """What becomes of a pull that a policy does not trust."""

    ENFORCE = "enforce"  # it is refused
    AUDIT = "audit"  # it is noted


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody with a public key in PEM."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class TrustRule:
    """What repositories of a project must bear: signatures by `threshold` of the signers."""

    name: str
    repositories: str  # a doublestar pattern over the name behind the project's
    signers: Sequence[Signer]
    threshold: int = 1

    def is_about(self, path: str) -> bool:
        """Tell whether it is about a repository; `path` is its name without the project's."""
        return compile_glob(self.repositories).matches(path)

    @property
    def keys(self) -> Mapping[str, PublicKey]:
        """The keys by signer."""
        return {one.name: _key(one.key) for one in self.signers}


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """What a project asks for: every rule that is about a repository must be fulfilled."""

    project_id: int
    mode: Mode
    rules: Sequence[TrustRule]
    revision: int = 0  # rises with each change

    def rules_for(self, path: str) -> list[TrustRule]:
        """List the rules that are about a repository."""
        return [rule for rule in self.rules if rule.is_about(path)]


def check_rules(rules: Sequence[TrustRule]) -> None:
    """Let rules pass that can be used.

    Raises: TrustPolicyInvalid.
    """
    if not 1 <= len(rules) <= _MOST_RULES:
        raise TrustPolicyInvalid(f"a trust policy has 1 to {_MOST_RULES} rules; delete it to ask for nothing")
    names = [rule.name for rule in rules]
    for rule in rules:
        _check_name(rule.name, "rule", names)
        _check_rule(rule)


def _check_rule(rule: TrustRule) -> None:
    try:
        compile_glob(rule.repositories)
    except GlobInvalid as error:
        raise TrustPolicyInvalid(f"rule {rule.name}: repositories: {error}") from None
    if not 1 <= len(rule.signers) <= _MOST_SIGNERS:
        raise TrustPolicyInvalid(f"rule {rule.name} has 1 to {_MOST_SIGNERS} signers")
    if not 1 <= rule.threshold <= len(rule.signers):
        raise TrustPolicyInvalid(
            f"rule {rule.name}: threshold is {rule.threshold}; it is 1 to the number of signers"
        )
    names = [one.name for one in rule.signers]
    for one in rule.signers:
        _check_name(one.name, "signer", names)
        if len(one.key) > _LONGEST_KEY:
            raise TrustPolicyInvalid(f"the key of {one.name} is longer than {_LONGEST_KEY} characters")
    if len({_form(one) for one in rule.signers}) < len(rule.signers):
        raise TrustPolicyInvalid(f"rule {rule.name} names one key twice: each counts once")


def _check_name(name: str, kind: str, names: Sequence[str]) -> None:
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise TrustPolicyInvalid(f"a {kind}'s name has 1 to {_LONGEST_NAME} printable characters")
    if names.count(name) > 1:
        raise TrustPolicyInvalid(f"the {kind}'s name {name!r} is there twice")


@lru_cache(maxsize=1024)
def _key(pem: str) -> PublicKey:
    return read_public_key(pem)


def _form(signer: Signer) -> bytes:
    """Tell one key from another, however its PEM is written."""
    return _key(signer.key).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
