"""Which addresses outgoing calls may go to. Plain Python: no look-up, no connection is made here.

Two gates, both of which must open. `target` reads what a person typed, strictly, so that no two
programs can read it differently. `is_public` judges the numeric address a name led to, and once
more the one that the socket says it is connected to.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

URL_LENGTH_MAX = 500
PORTS = {"https": frozenset({443, 8443}), "http": frozenset({80, 8080})}
_DEFAULT_PORT = {"https": 443, "http": 80}
# Printable ASCII without quotes and angle brackets.
_PLAIN = re.compile(r"[!#-&(-;=?-\[\]_a-z~]+")
_HIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
# Names that never lead to the public internet: RFC 6761, RFC 2606, RFC 7686, RFC 8375, RFC 9476,
# ICANN's private-use "internal" (2024), and what home and office routers hand out.
_RESERVED = ("localhost", "local", "arpa", "invalid", "test", "example", "onion", "alt")
_HOUSE = ("internal", "intranet", "private", "corp", "home", "lan", "localdomain")
_PRIVATE_ENDINGS = frozenset({*_RESERVED, *_HOUSE})
# What `ipaddress` calls global and still is no receiver of ours (IANA special-purpose registries).
_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carriers' own; Alibaba Cloud's metadata at 100.100.100.200
        "168.63.129.16/32",  # Azure's wire server: looks public, answers inside Azure alone
        "169.254.0.0/16",  # link-local; the metadata of most clouds at 169.254.169.254
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata at 192.0.0.192
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
# In IPv6 only what is handed out to networks (2000::/3), less what carries an IPv4 address or
# leads nowhere: those would be a second spelling of a private address.
_UNICAST = ipaddress.ip_network("2000::/3")
_NEVER_V6 = tuple(
    ipaddress.ip_network(network)
    for network in (
        "2001::/23",  # protocol assignments, with Teredo 2001::/32 and ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation, RFC 9637
    )
)
# ISATAP (RFC 5214): an IPv4 address behind 0000:5efe or 0200:5efe in the lower half.
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was read strictly. `path` begins with / and holds the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return host and port as the Host header wants them."""
        plain = self.port == _DEFAULT_PORT[self.scheme]
        return self.host if plain else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Return the whole address in its one spelling."""
        return f"{self.scheme}://{self.authority}{self.path}"


class Unfit(ValueError):
    """An address cannot be used; `code` says why (see `words.problem`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def target(
    text: str, *, http: bool = False, permitted: frozenset[tuple[str, int]] = frozenset()
) -> Target:
    """Read a webhook's address. `http` allows addresses without TLS.

    `permitted` are pairs of numeric address and port that are let through besides, for a practice
    receiver on the same machine. Raises Unfit with too_long, signs, scheme, host, number, private
    or port.

    >>> target("https://Hooks.Shop.com/in?a=1").url
    'https://hooks.shop.com/in?a=1'
    >>> target("https://bücher.de/").host
    'xn--bcher-kva.de'
    """
    found = _read(text.strip(), ("https", "http") if http else ("https",))
    if (found.host, found.port) not in permitted:
        _check_name(found.host)
        if found.port not in PORTS[found.scheme]:
            raise Unfit("port")
    return found


def is_public(address: str) -> bool:
    """Say whether a numeric address belongs to the public internet; False when in doubt.

    >>> is_public("93.184.215.14"), is_public("127.0.0.1"), is_public("::ffff:93.184.215.14")
    (True, False, False)
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not any(found in network for network in _NEVER)
    return (
        found in _UNICAST
        and found.is_global
        and not found.scope_id
        and not any(found in network for network in _NEVER_V6)
        and (int(found) >> 32) & 0xFFFFFFFF not in _ISATAP
    )


def _read(text: str, schemes: tuple[str, ...]) -> Target:
    if len(text) > URL_LENGTH_MAX:
        raise Unfit("too_long")
    if _HIDDEN.search(text):  # before urlsplit, which drops some of them without a word
        raise Unfit("signs")
    try:
        parts = urlsplit(text)
        port = parts.port
        host = _ascii(parts.hostname or "")
    except ValueError as error:
        raise Unfit("host") from error
    if parts.scheme not in schemes:
        raise Unfit("scheme")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if "@" in parts.netloc or "%" in parts.netloc or "#" in text or not _PLAIN.fullmatch(path):
        raise Unfit("signs")
    return Target(parts.scheme, host, port or _DEFAULT_PORT[parts.scheme], path)


def _ascii(host: str) -> str:
    """Return the host in lower-case ASCII; names in other scripts become their xn-- form.

    The mapping also turns full-width and circled digits into plain ones: it comes before all
    checks, so that nothing changes its meaning after them. Raises UnicodeError, a ValueError.
    """
    return host.encode("idna").decode("ascii").lower()


def _check_name(host: str) -> None:
    """Refuse what is no name in the public DNS. Numbers are refused in every spelling."""
    labels = host.split(".")
    last = labels[-1]
    if ":" in host or last.isdigit() or last.startswith("0x"):
        raise Unfit("number")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Unfit("host")
    if len(labels) < 2 or last in _PRIVATE_ENDINGS:
        raise Unfit("private")
