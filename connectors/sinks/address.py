"""Which addresses a webhook may reach: the one guard against a hook pointed at our own network.

A name is resolved once an attempt, every address it has must be permitted, and the connection
goes to the address that was checked: a name that answers differently a moment later (DNS
rebinding) changes nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = ip_network("64:ff9b::/96")
_NAT64_LOCAL = ip_network("64:ff9b:1::/48")


class ForbiddenAddress(Exception):
    """Says that a host is, or resolves to, an address that must not be reached."""


def permitted_address(host: str, port: int, *, listed: Sequence[Network] = ()) -> str:
    """Resolve a host and return the address to connect to.

    Public addresses are permitted, private, link-local and other special ones only when listed.
    Loopback is permitted when the host says so itself, never when a name merely resolves to it.

    Raises:
        ForbiddenAddress: one of the host's addresses is not permitted.
        OSError: the name cannot be resolved.

    >>> permitted_address("127.0.0.1", 80)
    '127.0.0.1'
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ip_address(entry[4][0]) for entry in found]
    for address in addresses:
        if not _permitted(address, names_loopback=names_loopback(host), listed=listed):
            reason = f"the host resolves to {address}, which is not public; list it to allow it"
            raise ForbiddenAddress(reason)
    return str(addresses[0])


def names_loopback(host: str) -> bool:
    """Say whether a host names this machine by itself, without asking a resolver.

    >>> names_loopback("localhost"), names_loopback("::1"), names_loopback("2130706433")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _permitted(address: Address, *, names_loopback: bool, listed: Sequence[Network]) -> bool:
    meant = _carried(address)
    if any(meant in network or address in network for network in listed):
        return True
    if meant.is_loopback:
        return names_loopback
    return meant.is_global and not meant.is_multicast


def _carried(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address carries to, or itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64 or address in _NAT64_LOCAL:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address
