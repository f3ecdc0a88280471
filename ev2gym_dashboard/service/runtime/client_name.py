"""Name of the client of the request in progress: its network address, by which work is shared fairly."""

from __future__ import annotations

from contextvars import ContextVar
from ipaddress import IPv6Address, ip_address, ip_network

IPV6_PREFIX = 64
"""Bits of an IPv6 address that one client has in common: it is given a whole network."""
client_name: ContextVar[str] = ContextVar("client_name", default="")
"""Name of the client of the request in progress; empty outside of a request."""


def make_client_name(address: str | None) -> str:
    """Return the name of a client of an address; all whose address is unknown share the empty one."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return ""
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, IPV6_PREFIX), strict=False))
