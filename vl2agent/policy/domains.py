"""Domains in rules: which site a page belongs to, read as a browser reads its address.

A pattern is a host ("example.org"), the hosts below one ("*.example.org"), any host ("*"), each also with a port
("example.org:8080"), or a scheme ("file:"). A host without a port stands for all its ports. What no host tells the
author of (data:, blob:, javascript:, about:blank, an address that cannot be read) is unknown.

Source: WHATWG URL Standard, sections 3.5 (hosts), 4.4 (the parser: white space, backslashes, userinfo, ports).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
"""Schemes whose addresses have a host, and the port that they mean when they name none."""
_NOBODYS = frozenset(
    ("file", "chrome", "chrome-extension", "devtools", "edge", "brave", "opera", "vivaldi", "moz-extension", "resource")
)
"""Schemes of pages that no domain can have made."""
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE | re.ASCII)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|*]")
_READ_IN_TWO_WAYS = re.compile("[ßς\u200c\u200d]")
"""Characters that old and new rules for international names map to different hosts."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a page comes from; `host` is empty where its scheme has none."""

    scheme: str
    host: str = ""
    port: int | None = None
    is_blank: bool = False


def site_of(url: str) -> Site | None:
    """Read an address as a browser does; None when it cannot be read."""
    url = re.sub(r"[\t\n\r]", "", url.strip("".join(map(chr, range(0x21)))))
    if not (found := _SCHEME.match(url)):
        return None
    scheme, rest = found[1].lower(), url[found.end() :]
    if scheme not in PORTS:
        return Site(scheme, is_blank=scheme == "about" and re.match("blank|srcdoc", rest, re.IGNORECASE) is not None)
    authority = re.split(r"[/?#]", rest.replace("\\", "/").lstrip("/"), maxsplit=1)[0]
    host, port = _host_and_port(authority.rpartition("@")[2])
    if not host or port is None:
        return None
    return Site(scheme, host, port or PORTS[scheme])


def domain_pattern(text: str) -> str:
    """Write a rule's domain the standard way.

    Raises:
        ValueError: it is no such pattern.
    """
    plain = text.strip().lower()
    if plain == "*" or (re.fullmatch(r"[a-z][a-z0-9+.-]*:", plain, re.ASCII) and plain[:-1] not in PORTS):
        return plain
    below = plain.startswith("*.")
    host, port = _host_and_port(plain[2:] if below else plain)
    if not host or port is None or (below and _is_address(host)):
        hint = "a host alone, such as 'example.org', '*.example.org', 'example.org:8080', or a scheme such as 'file:'"
        raise ValueError(f"expected {hint}, got {text[:80]!r}")
    return ("*." if below else "") + host + (f":{port}" if port else "")


def in_domains(url: str, patterns: Iterable[str]) -> bool | None:
    """Tell whether a page belongs to one of the domains; None when its address does not tell."""
    site, patterns = site_of(url), tuple(patterns)
    if site is None:
        return None
    if f"{site.scheme}:" in patterns:
        return True
    if site.host:
        return any(_has(pattern, site) for pattern in patterns)
    if all(pattern.endswith(":") for pattern in patterns):
        return False
    is_own = site.scheme in _NOBODYS or (site.scheme == "about" and not site.is_blank)
    return False if is_own else None


def _has(pattern: str, site: Site) -> bool:
    if pattern == "*":
        return True
    host, port = _split_port(pattern.removeprefix("*."))
    if port and int(port) != site.port:
        return False
    return site.host.endswith(f".{host}") if pattern.startswith("*.") else site.host == host


def _host_and_port(text: str) -> tuple[str, int | None]:
    """Read both; the port is 0 where none is named, and None where it is none."""
    host, port = _split_port(text)
    if port and not (re.fullmatch(r"\d{1,9}", port, re.ASCII) and 0 < int(port) < 65536):
        return "", None
    return _host(host), int(port or 0)


def _split_port(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", text, re.DOTALL)
    return (found[1], found[2] or "") if found else ("", "not a port")


def _host(text: str) -> str:
    """Write a host the one way that browsers compare; empty when it is none."""
    if text.startswith("["):
        return _ipv6(text[1:-1])
    try:
        name = unicodedata.normalize("NFKC", unquote_to_bytes(text).decode()).lower()
        if _READ_IN_TWO_WAYS.search(name) or _READ_IN_TWO_WAYS.search(text):
            return ""
        name = ".".join(_label(label) for label in re.split("[.。．｡]", name))
    except UnicodeError:
        return ""
    name = name.removesuffix(".")
    if not name or name.startswith(".") or ".." in name or _FORBIDDEN.search(name):
        return ""
    return _ipv4(name) if re.fullmatch(r"\d+|0x[0-9a-f]*", name.rpartition(".")[2], re.ASCII) else name


def _label(label: str) -> str:
    return label if label.isascii() else label.encode("idna").decode()


def _ipv4(name: str) -> str:
    """Read an address in any of the ways that browsers understand (0x7f.1, 2130706433)."""
    try:
        *high, last = (_number(part) for part in name.split("."))
        if len(high) > 3 or any(part > 255 for part in high) or last >= 256 ** (4 - len(high)):
            return ""
        return str(ipaddress.IPv4Address(sum(part << 8 * (3 - i) for i, part in enumerate(high)) + last))
    except ValueError:
        return ""


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if len(text) > 1 and text.startswith("0") else 10)


def _ipv6(text: str) -> str:
    try:
        return f"[{ipaddress.IPv6Address(text)}]"
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    return host.startswith("[") or re.fullmatch(r"[\d.]+", host, re.ASCII) is not None
