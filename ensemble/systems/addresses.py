"""The addresses of endpoints: which URLs are called, and what their hosts resolve to."""

import asyncio
import ipaddress
import socket

import httpx

from ensemble.systems.base import SystemFailure

_HOLD_IPV4 = [ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96")]


def checked_url(url: str) -> str:
    """Return `url` if it is one that is called.

    Raises:
        ValueError: it is not HTTP, or has a name and password in it, which would be seen.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError("only http:// and https:// are called")
    if parsed.userinfo:
        raise ValueError("a name and password in it would be seen by every reader of the file")
    return url


async def resolve(url: httpx.URL, allow_private: bool) -> list[str]:
    """Resolve the host of `url`, and refuse it whole if one of its addresses is private.

    Raises:
        SystemFailure: it is refused, or cannot be resolved.
    """
    host = url.raw_host.decode("ascii")
    addresses = [host] if _is_address(host) else await _look_up(host, url.port)
    for address in () if allow_private else addresses:
        if not is_public(address):
            raise SystemFailure(
                f"{host} is the private address {address}; allow_private permits it"
            )
    return addresses


async def _look_up(host: str, port: int | None) -> list[str]:
    try:
        entries = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SystemFailure(f"cannot resolve {host}: {why}") from error
    return [str(entry[4][0]) for entry in entries]


def _is_address(host: str) -> bool:
    """Return whether a host is an address already: to look it up takes a thread."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet: not loopback, private or reserved."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = _inside(ip) if isinstance(ip, ipaddress.IPv6Address) else None
    if inner is not None:
        ip = inner
    return ip.is_global and not ip.is_multicast


def _inside(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for: mapped, compatible, NAT64 or 6to4."""
    if any(ip in network for network in _HOLD_IPV4):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour
