"""URLs as Go's net/url parses and writes them, all in bytes. A message has no part of one: it may hold a password."""

import re
from dataclasses import dataclass
from typing import Final

from provider.golang import failures

_UNRESERVED: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
_IN_PATH: Final = frozenset(_UNRESERVED + b"$&+,/:;=@")
_IN_USER: Final = frozenset(_UNRESERVED + b"$&+,;=")
_IN_HOST: Final = frozenset(_UNRESERVED + b"!\"$&'()*+,:;<=>[]")
_IN_FRAGMENT: Final = frozenset(_UNRESERVED + b"!$&()*+,/:;=?@")

_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
_SCHEME: Final = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*)?:")
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_PORT: Final = re.compile(rb"(?::[0-9]*)?\Z")
_USERINFO: Final = re.compile(rb"[A-Za-z0-9._:~!$&'()*+,;=%@-]*\Z")
_WITH_PORT: Final = re.compile(rb"(.*):[0-9]*\Z", re.DOTALL)

_GROUP: Final = re.compile(rb"[0-9A-Fa-f]{1,4}\Z")
_IPV4: Final = re.compile(rb"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?=[0-9])|\Z)){4}\Z")


def _escaped(raw: bytes, kept: frozenset[int]) -> bytes:
    return b"".join(bytes((byte,)) if byte in kept else b"%%%02X" % byte for byte in raw)


def _unescaped(raw: bytes) -> bytes:
    if _BAD_ESCAPE.search(raw):
        raise failures.Failed("the URL has an invalid escape")
    return _ESCAPE.sub(lambda match: bytes((int(match.group(1), 16),)), raw)


@dataclass(frozen=True, slots=True)
class User:
    """Who a URL is for: a name, and perhaps a password."""

    name: bytes
    password: bytes | None

    def text(self) -> bytes:
        """Both, escaped."""
        name = _escaped(self.name, _IN_USER)
        return name if self.password is None else name + b":" + _escaped(self.password, _IN_USER)


@dataclass(slots=True)
class Url:
    """The parts of a URL. `path` and `fragment` are unescaped."""

    scheme: bytes = b""
    opaque: bytes = b""
    user: User | None = None
    host: bytes = b""
    path: bytes = b""
    query: bytes = b""
    fragment: bytes = b""

    @property
    def hostname(self) -> bytes:
        """The host without port and brackets."""
        match = _WITH_PORT.match(self.host)
        name = match.group(1) if match else self.host
        return name[1:-1] if name.startswith(b"[") and name.endswith(b"]") and len(name) > 1 else name

    @property
    def userinfo(self) -> bytes:
        """Name and password, escaped."""
        return self.user.text() if self.user else b""

    def text(self) -> bytes:
        """The whole URL."""
        made = self.scheme + b":" if self.scheme else b""
        if self.opaque:
            made += self.opaque
        else:
            made += self._authority()
            path = b"*" if self.path == b"*" else _escaped(self.path, _IN_PATH)
            if path and not path.startswith(b"/") and self.host:
                made += b"/"
            if not made and b":" in path.partition(b"/")[0]:
                made += b"./"  # it would be taken for a scheme
            made += path
        if self.query:
            made += b"?" + self.query
        if self.fragment:
            made += b"#" + _escaped(self.fragment, _IN_FRAGMENT)
        return made

    def _authority(self) -> bytes:
        if not (self.scheme or self.host or self.user):
            return b""
        user = self.user.text() + b"@" if self.user else b""
        slashes = b"//" if self.host or self.path or self.user else b""
        return slashes + user + _escaped(self.host, _IN_HOST)


def parse(raw: bytes) -> Url:
    """A URL in its parts.

    Raises:
        failures.Failed: it is none.
    """
    source, _, fragment = raw.partition(b"#")
    url = _parsed(source)
    url.fragment = _unescaped(fragment)
    return url


def _parsed(raw: bytes) -> Url:
    if _CONTROL.search(raw):
        raise failures.Failed("the URL has a control character")
    url = Url()
    if raw == b"*":
        url.path = raw
        return url
    rest = raw
    if match := _SCHEME.match(raw):
        if not match.group(1):
            raise failures.Failed("the URL has nothing before its colon")
        url.scheme, rest = match.group(1).lower(), raw[match.end() :]
    rest, _, url.query = rest.partition(b"?")
    if not rest.startswith(b"/"):
        if url.scheme:
            url.opaque = rest
            return url
        if b":" in rest.partition(b"/")[0]:
            raise failures.Failed("the first path segment of a URL without scheme cannot have a colon")
    if rest.startswith(b"//") and (url.scheme or not rest.startswith(b"///")):
        authority, slash, path = rest[2:].partition(b"/")
        rest = slash + path
        user, at, host = authority.rpartition(b"@")
        url.host = _host(url.scheme, host)
        url.user = _user(user) if at else None
    url.path = _unescaped(rest)
    return url


def _user(raw: bytes) -> User:
    if not _USERINFO.match(raw):
        raise failures.Failed("the URL has an invalid user")
    name, colon, password = raw.partition(b":")
    return User(_unescaped(name), _unescaped(password) if colon else None)


def _host(scheme: bytes, raw: bytes) -> bytes:
    opening = raw.rfind(b"[")
    if opening > 0:
        raise failures.Failed("the URL has an invalid IP literal")
    if opening == 0:
        return _literal(raw)
    if b":" in raw:
        # A list of hosts with ports is no host of a web server.
        start = raw.find(b":") if scheme in {b"http", b"https"} else raw.rfind(b":")
        _check_port(raw[start:])
    return _unescaped_host(raw)


def _check_port(raw: bytes) -> None:
    if not _PORT.match(raw):
        raise failures.Failed("the URL has an invalid port")


def _literal(raw: bytes) -> bytes:
    """A host in brackets, which must be an IPv6 address."""
    closing = raw.rfind(b"]")
    if closing < 0:
        raise failures.Failed("the URL has no closing bracket behind its host")
    _check_port(raw[closing + 1 :])
    name = raw[1:closing]
    zone_at = name.find(b"%25")
    if zone_at < 0:
        address = _unescaped_host(name)
    else:
        address = _unescaped_host(name[:zone_at]) + _unescaped_zone(name[zone_at:])
    if not _is_ipv6(address):
        raise failures.Failed("the URL has an invalid host")
    return b"[" + address + b"]" + raw[closing + 1 :]


def _check_host_characters(raw: bytes) -> None:
    if any(byte < 0x80 and byte not in _IN_HOST for byte in _ESCAPE.sub(b"", raw)):
        raise failures.Failed("the URL has an invalid character in its host")


def _unescaped_host(raw: bytes) -> bytes:
    """A host, in which only bytes beyond ASCII and the percent sign may be escaped."""
    unescaped = _unescaped(raw)
    _check_host_characters(raw)
    for match in _ESCAPE.finditer(raw):
        if match.group(1) != b"25" and int(match.group(1), 16) < 0x80:
            raise failures.Failed("the URL has an invalid escape in its host")
    return unescaped


def _unescaped_zone(raw: bytes) -> bytes:
    unescaped = _unescaped(raw)
    _check_host_characters(raw)
    for match in _ESCAPE.finditer(raw):
        byte = int(match.group(1), 16)
        if match.group(1) != b"25" and byte != 0x20 and byte not in _IN_HOST:
            raise failures.Failed("the URL has an invalid escape in its host")
    return unescaped


def _is_ipv6(address: bytes) -> bool:
    """What Go's net/netip takes for an IPv6 address, perhaps with a zone."""
    plain, percent, zone = address.partition(b"%")
    if b":" not in plain or (percent and not zone):
        return False
    before, double, after = plain.partition(b"::")
    if double and b"::" in after:
        return False
    first, last = _groups(before, may_end=not double), _groups(after, may_end=True) if double else 0
    if first < 0 or last < 0:
        return False
    return first + last <= 7 if double else first == 8


def _groups(text: bytes, *, may_end: bool) -> int:
    """How many groups of sixteen bits these are; -1 if one is none. At the end of all may be an IPv4 address."""
    if not text:
        return 0
    groups = text.split(b":")
    count = len(groups)
    if may_end and _IPV4.match(groups[-1]):
        groups.pop()
        count += 1
    return count if all(map(_GROUP.match, groups)) else -1
