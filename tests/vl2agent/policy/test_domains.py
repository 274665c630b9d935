"""Domains: addresses are read as a browser reads them, and what does not tell its author is unknown."""

from __future__ import annotations

import pytest

from vl2agent.policy.domains import domain_pattern, in_domains, site_of

OURS = ("example.org", "*.example.org")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/",
        "HTTPS://EXAMPLE.ORG",
        "https://example.org./path",
        "https://example.org:8443/",
        "https://www.example.org/?q=evil.com#evil.com",
        "https://user:secret@example.org/",
        "  https://example.org/",
        "https:\\\\example.org\\x",
        "https:example.org",
        "ht\ntps://exam\tple.org/",
        "https://ｅｘａｍｐｌｅ．ｏｒｇ/",
        "https://example%2Eorg/",
        "wss://a.b.example.org/socket",
    ],
)
def test_a_site_is_known_however_its_address_is_written(url: str) -> None:
    """Case, ports, dots, userinfo, backslashes, white space, wide letters and escapes change nothing."""
    assert in_domains(url, OURS) is True


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org@evil.com/",
        "https://example.org:443@evil.com/",
        "https://evil.com\\@example.org/",
        "https://evil.com/example.org",
        "https://evil.com#@example.org",
        "https://evil.com?@example.org",
        "https://example.org.evil.com/",
        "https://notexample.org/",
        "https://xn--exmple-cua.org/",
        "https://exаmple.org/",  # a Cyrillic letter
        "file:///home/example.org/",
        "chrome://settings/",
    ],
)
def test_what_only_looks_like_a_site_is_not_it(url: str) -> None:
    """The host alone counts, not what stands around it."""
    assert in_domains(url, OURS) is False


@pytest.mark.parametrize(
    "url",
    [
        "data:text/html,<a href=https://example.org>",
        "blob:https://example.org/0b2f",
        "javascript:location='https://example.org'",
        "about:blank",
        "view-source:https://example.org/",
        "filesystem:https://example.org/x",
        "example.org",
        "https://",
        "https://exa mple.org/",
        "https://example.org:99999/",
        "https://[::1",
        "https://straße.example/",
        "",
    ],
)
def test_what_does_not_tell_its_author_is_unknown(url: str) -> None:
    """Neither a rule that allows may fit, nor one that denies be passed."""
    assert in_domains(url, OURS) is None


@pytest.mark.parametrize(
    ("pattern", "url", "fits"),
    [
        ("*.example.org", "https://example.org/", False),
        ("*", "https://anything.example/", True),
        ("example.org:8443", "https://example.org:8443/", True),
        ("example.org:443", "https://example.org/", True),
        ("example.org:8443", "https://example.org/", False),
        ("file:", "file:///etc/passwd", True),
        ("data:", "data:text/plain,x", True),
        ("bücher.example", "https://xn--bcher-kva.example/", True),
        ("127.0.0.1", "http://2130706433/", True),
        ("127.0.0.1", "http://0x7f.1/", True),
        ("[::1]", "http://[0:0:0:0:0:0:0:1]:80/", True),
    ],
)
def test_patterns(pattern: str, url: str, fits: bool) -> None:
    """Hosts, hosts below one, any host, ports, schemes, international names and addresses."""
    assert in_domains(url, [domain_pattern(pattern)]) is fits


@pytest.mark.parametrize(
    "pattern", ["https://example.org", "example.org/path", "", "*.", "*example.org", "a b.org", "*.127.0.0.1", "x:0"]
)
def test_what_is_no_domain_is_refused(pattern: str) -> None:
    """The error shows the forms there are."""
    with pytest.raises(ValueError, match=r"\*\.example\.org"):
        domain_pattern(pattern)


def test_any_bytes_at_all_are_read_or_unknown() -> None:
    """An address comes from elsewhere: it may be anything."""
    for url in ("https://" + "9" * 5000, "https://\ud800/", "http://" + "a." * 4000, "https://%ff%fe/", "\x00", "a:"):
        site_of(url)
