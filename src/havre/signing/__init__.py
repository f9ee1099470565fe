"""Who signed what: trust data of Notary v1, kept, checked and signed for."""

from typing import TYPE_CHECKING

from havre.kernel.doors import front_door

if TYPE_CHECKING:
    from havre.signing.changefeed import Changefeed, ChangePage
    from havre.signing.delete_trust import DeleteTrust, ForgetTrust
    from havre.signing.gun import Gun
    from havre.signing.judge import Judge
    from havre.signing.policy_model import Mode, Signer, TrustPolicy, TrustRule
    from havre.signing.publish import Publish
    from havre.signing.read_metadata import ReadMetadata, Wanted
    from havre.signing.refresh import RefreshMetadata
    from havre.signing.server_keys import ServerKeys
    from havre.signing.settings import SigningSettings
    from havre.signing.show_trust import ShownTrust, ShowTrust
    from havre.signing.signed_gate import SignedGate, SignedParts
    from havre.signing.trust_policies import TrustPolicies
else:
    __getattr__ = front_door(__name__)

__all__ = [
    "ChangePage",
    "Changefeed",
    "DeleteTrust",
    "ForgetTrust",
    "Gun",
    "Judge",
    "Mode",
    "Publish",
    "ReadMetadata",
    "RefreshMetadata",
    "ServerKeys",
    "ShowTrust",
    "ShownTrust",
    "SignedGate",
    "SignedParts",
    "Signer",
    "SigningSettings",
    "TrustPolicies",
    "TrustPolicy",
    "TrustRule",
    "Wanted",
]
