"""Where an outgoing request may go: the rules against server-side request forgery. Pure.

What an administrator configures may be in a private network, where a registry on premises has its identity
provider; it may never be the metadata service of a cloud or an address that is no single machine, unless the
operator of this instance named that network (outgoing_allow).
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Metadata services outside the link-local block: AWS over IPv6, Alibaba, Oracle.
_METADATA: Final = frozenset(
    ipaddress.ip_address(text) for text in ("fd00:ec2::254", "100.100.100.200", "192.0.0.192")
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Which addresses may be asked beside public ones; `allowed` networks whatever else is said."""

    private: bool = True
    loopback: bool = True
    allowed: tuple[Network, ...] = ()


def parse_networks(text: str) -> tuple[Network, ...]:
    """Read networks separated by commas, as in 127.0.0.0/8, ::1.

    Raises: ValueError that names the word.
    """
    return tuple(ipaddress.ip_network(word.strip()) for word in text.split(",") if word.strip())


def refusal_of(address: str, reach: Reach) -> str | None:
    """Say why no request may go to an address; None when one may."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "it is no address"
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    if mapped is not None:
        found = mapped
    if any(found.version == network.version and found in network for network in reach.allowed):
        return None
    if found.is_link_local or found in _METADATA:
        return "it is link-local or a metadata service"
    kinds: Mapping[str, bool] = {
        "it is a multicast address": found.is_multicast,
        "it is no machine's address": found.is_unspecified or (found.is_reserved and not found.is_loopback),
        "it is this machine": found.is_loopback and not reach.loopback,
        "it is in a private network": not found.is_global and not reach.private,
    }
    return next((why for why, is_so in kinds.items() if is_so), None)
