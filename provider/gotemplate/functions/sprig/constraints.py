"""Constraints on semantic versions, as Masterminds/semver has them: `>=1.2, <2 || ^3.1 || 1.x || 1.0 - 2.0`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from provider.golang import failures
from provider.gotemplate.functions.sprig import versions

_SPACE: Final = r"[\t\n\f\r ]"
_VERSION: Final = rf"v?([0-9xX*|]+)(?:\.([0-9xX*|]+))?(?:\.([0-9xX*|]+))?{versions.EXTRAS}"
_ITEM: Final = re.compile(rf"(?:(!=|>=|=>|<=|=<|~>|=|>|<|~|\^){_SPACE}*)?({_VERSION})(?=[\t\n\f\r ,]|\Z)")
_BETWEEN: Final = re.compile(rf"{_SPACE}*(?:(,){_SPACE}*)?")
_RANGE: Final = re.compile(rf"{_SPACE}*({_VERSION}){_SPACE}+-{_SPACE}+({_VERSION}){_SPACE}*")
_SECOND_OF_RANGE: Final = 7

_ANY: Final = frozenset("xX*")


@dataclass(frozen=True, slots=True)
class _Constraint:
    """One operator and version; `is_open` if a part is missing or an x: of the two below, the first that is one."""

    operator: str
    version: versions.Version
    is_open: bool = False
    open_minor: bool = False
    open_patch: bool = False

    def allows(self, version: versions.Version) -> bool:
        return _CHECKS[self.operator](version, self)


def allows(constraint: str, version: str) -> bool:
    """Whether a version meets a constraint.

    Raises:
        failures.Failed: one of them is none.
    """
    alternatives = _parsed(constraint)
    wanted = versions.parse(version)
    return any(all(each.allows(wanted) for each in together) for together in alternatives)


def _parsed(text: str) -> list[list[_Constraint]]:
    if len(text) > versions.LONGEST:
        raise failures.Failed("improper constraint")
    for match in list(_RANGE.finditer(text)):
        text = text.replace(match.group(), f">= {match.group(1)}, <= {match.group(_SECOND_OF_RANGE)} ", 1)
    return [_all_of(part) for part in text.split("||")]


def _all_of(text: str) -> list[_Constraint]:
    found: list[_Constraint] = []
    between = _BETWEEN.match(text)
    while between:
        item = _ITEM.match(text, between.end())
        if not item or (found and between.start() == between.end()) or (not found and between.group(1)):
            break
        found.append(_constraint(item))
        between = _BETWEEN.match(text, item.end())
    if not found or not between or between.end() < len(text) or between.group(1):
        raise failures.Failed("improper constraint")
    return found


def _constraint(item: re.Match[str]) -> _Constraint:
    major, minor, patch = item.group(3, 4, 5)
    operator, extra = item.group(1) or "", f"-{item.group(6)}" if item.group(6) else ""
    if major in _ANY:
        return _Constraint(operator, versions.parse(f"0.0.0{extra}"), is_open=True)
    if minor is None or minor in _ANY:
        return _Constraint(operator, versions.parse(f"{major}.0.0{extra}"), is_open=True, open_minor=True)
    if patch is None or patch in _ANY:
        return _Constraint(operator, versions.parse(f"{major}.{minor}.0{extra}"), is_open=True, open_patch=True)
    return _Constraint(operator, versions.parse(item.group(2)))


def _is_unwanted_prerelease(version: versions.Version, wanted: _Constraint) -> bool:
    """A prerelease is no answer to a constraint that speaks of none."""
    return bool(version.prerelease) and not wanted.version.prerelease


def _not_equal(version: versions.Version, wanted: _Constraint) -> bool:
    than = wanted.version
    if not wanted.is_open:
        return not version.matches(than)
    if _is_unwanted_prerelease(version, wanted):
        return False
    if version.major != than.major:
        return True
    if wanted.open_minor:
        return False
    if version.minor != than.minor:
        return True
    if wanted.open_patch:
        return version.prerelease != than.prerelease
    return version.patch != than.patch or not version.matches(than)


def _greater(version: versions.Version, wanted: _Constraint) -> bool:
    than = wanted.version
    if _is_unwanted_prerelease(version, wanted):
        return False
    if not wanted.is_open or not (wanted.open_minor or wanted.open_patch):
        return than < version
    if version.major != than.major:
        return version.major > than.major
    return wanted.open_patch and version.minor > than.minor


def _less(version: versions.Version, wanted: _Constraint) -> bool:
    return not _is_unwanted_prerelease(version, wanted) and version < wanted.version


def _at_least(version: versions.Version, wanted: _Constraint) -> bool:
    return not _is_unwanted_prerelease(version, wanted) and not version < wanted.version


def _at_most(version: versions.Version, wanted: _Constraint) -> bool:
    than = wanted.version
    if _is_unwanted_prerelease(version, wanted):
        return False
    if not wanted.is_open:
        return not than < version
    if version.major != than.major:
        return version.major < than.major
    return wanted.open_minor or version.minor <= than.minor


def _tilde(version: versions.Version, wanted: _Constraint) -> bool:
    than = wanted.version
    if not _at_least(version, wanted):
        return False
    if not (than.major or than.minor or than.patch or wanted.open_minor or wanted.open_patch):
        return True
    return version.major == than.major and (version.minor == than.minor or wanted.open_minor)


def _equal(version: versions.Version, wanted: _Constraint) -> bool:
    if wanted.is_open:
        return _tilde(version, wanted)
    return not _is_unwanted_prerelease(version, wanted) and version.matches(wanted.version)


def _caret(version: versions.Version, wanted: _Constraint) -> bool:
    than = wanted.version
    if not _at_least(version, wanted):
        return False
    if than.major or wanted.open_minor:
        return version.major == than.major
    if version.major:
        return False
    if than.minor or wanted.open_patch:
        return version.minor == than.minor
    return not version.minor and version.patch == than.patch


_CHECKS: Final[Mapping[str, Callable[[versions.Version, _Constraint], bool]]] = {
    "": _equal,
    "=": _equal,
    "!=": _not_equal,
    ">": _greater,
    "<": _less,
    ">=": _at_least,
    "=>": _at_least,
    "<=": _at_most,
    "=<": _at_most,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
}
