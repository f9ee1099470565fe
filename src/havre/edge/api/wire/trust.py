"""The shapes of trust policies and verdicts, beside the contract."""

from typing import Literal

import msgspec

from havre.signing import Mode, ShownTrust, Signer, TrustPolicy, TrustRule


class SignerShape(msgspec.Struct):
    """Somebody with a public key in PEM."""

    name: str
    key: str


class TrustRuleShape(msgspec.Struct):
    """What repositories must bear: signatures by `threshold` of the signers."""

    name: str
    signers: list[SignerShape]
    repositories: str = "**"
    threshold: int = 1

    def words(self) -> TrustRule:
        """Read it."""
        signers = tuple(Signer(one.name, one.key) for one in self.signers)
        return TrustRule(self.name, self.repositories, signers, self.threshold)


class TrustPolicyShape(msgspec.Struct):
    """What a project asks for."""

    rules: list[TrustRuleShape]
    mode: Literal["enforce", "audit"] = "enforce"

    def words(self) -> TrustPolicy:
        """Read it; of which project it is, the path says."""
        return TrustPolicy(0, Mode(self.mode), tuple(rule.words() for rule in self.rules))


class VerdictShape(msgspec.Struct):
    """What the policy says of an artifact; `reason` is empty when it is trusted."""

    digest: str
    mode: str
    trusted: bool
    reason: str
    signers: tuple[str, ...]


def policy_shape(policy: TrustPolicy) -> TrustPolicyShape:
    """Show a policy."""
    rules = [
        TrustRuleShape(
            rule.name,
            [SignerShape(one.name, one.key) for one in rule.signers],
            rule.repositories,
            rule.threshold,
        )
        for rule in policy.rules
    ]
    return TrustPolicyShape(rules, policy.mode.value)


def verdict_shape(shown: ShownTrust) -> VerdictShape:
    """Show a verdict."""
    verdict = shown.verdict
    return VerdictShape(shown.digest, shown.mode.value, verdict.is_trusted, verdict.reason, verdict.signers)
