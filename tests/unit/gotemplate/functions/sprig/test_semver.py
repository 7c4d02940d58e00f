"""sprig's semantic versions: expected values are what sprig v3.3 gave."""

import contextlib
from typing import Any

import pytest

from provider.golang import failures, values
from tests.doubles import cost, template_state
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("semverCompare", (">=1.2.0", "0.0.0"), False),
    ("semverCompare", (">=1.2.0", "0.0.3"), False),
    ("semverCompare", (">=1.2.0", "0.2.5"), False),
    ("semverCompare", (">=1.2.0", "1.2.3"), True),
    ("semverCompare", (">=1.2.0", "1.3.0"), True),
    ("semverCompare", (">=1.2.0", "2.0.0"), True),
    ("semverCompare", (">=1.2.0", "1.2.3-beta.2"), False),
    ("semverCompare", (">=1.2.0", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("^1.2", "0.0.0"), False),
    ("semverCompare", ("^1.2", "0.0.3"), False),
    ("semverCompare", ("^1.2", "0.2.5"), False),
    ("semverCompare", ("^1.2", "1.2.3"), True),
    ("semverCompare", ("^1.2", "1.3.0"), True),
    ("semverCompare", ("^1.2", "2.0.0"), False),
    ("semverCompare", ("^1.2", "1.2.3-beta.2"), False),
    ("semverCompare", ("^1.2", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("~1.2.3", "0.0.0"), False),
    ("semverCompare", ("~1.2.3", "0.0.3"), False),
    ("semverCompare", ("~1.2.3", "0.2.5"), False),
    ("semverCompare", ("~1.2.3", "1.2.3"), True),
    ("semverCompare", ("~1.2.3", "1.3.0"), False),
    ("semverCompare", ("~1.2.3", "2.0.0"), False),
    ("semverCompare", ("~1.2.3", "1.2.3-beta.2"), False),
    ("semverCompare", ("~1.2.3", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("~1", "0.0.0"), False),
    ("semverCompare", ("~1", "0.0.3"), False),
    ("semverCompare", ("~1", "0.2.5"), False),
    ("semverCompare", ("~1", "1.2.3"), True),
    ("semverCompare", ("~1", "1.3.0"), True),
    ("semverCompare", ("~1", "2.0.0"), False),
    ("semverCompare", ("~1", "1.2.3-beta.2"), False),
    ("semverCompare", ("~1", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("^0.2.3", "0.0.0"), False),
    ("semverCompare", ("^0.2.3", "0.0.3"), False),
    ("semverCompare", ("^0.2.3", "0.2.5"), True),
    ("semverCompare", ("^0.2.3", "1.2.3"), False),
    ("semverCompare", ("^0.2.3", "1.3.0"), False),
    ("semverCompare", ("^0.2.3", "2.0.0"), False),
    ("semverCompare", ("^0.2.3", "1.2.3-beta.2"), False),
    ("semverCompare", ("^0.2.3", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("^0.0.3", "0.0.0"), False),
    ("semverCompare", ("^0.0.3", "0.0.3"), True),
    ("semverCompare", ("^0.0.3", "0.2.5"), False),
    ("semverCompare", ("^0.0.3", "1.2.3"), False),
    ("semverCompare", ("^0.0.3", "1.3.0"), False),
    ("semverCompare", ("^0.0.3", "2.0.0"), False),
    ("semverCompare", ("^0.0.3", "1.2.3-beta.2"), False),
    ("semverCompare", ("^0.0.3", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("^0.0", "0.0.0"), True),
    ("semverCompare", ("^0.0", "0.0.3"), True),
    ("semverCompare", ("^0.0", "0.2.5"), False),
    ("semverCompare", ("^0.0", "1.2.3"), False),
    ("semverCompare", ("^0.0", "1.3.0"), False),
    ("semverCompare", ("^0.0", "2.0.0"), False),
    ("semverCompare", ("^0.0", "1.2.3-beta.2"), False),
    ("semverCompare", ("^0.0", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("^0", "0.0.0"), True),
    ("semverCompare", ("^0", "0.0.3"), True),
    ("semverCompare", ("^0", "0.2.5"), True),
    ("semverCompare", ("^0", "1.2.3"), False),
    ("semverCompare", ("^0", "1.3.0"), False),
    ("semverCompare", ("^0", "2.0.0"), False),
    ("semverCompare", ("^0", "1.2.3-beta.2"), False),
    ("semverCompare", ("^0", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("^*", "0.0.0"), True),
    ("semverCompare", ("^*", "0.0.3"), False),
    ("semverCompare", ("^*", "0.2.5"), False),
    ("semverCompare", ("^*", "1.2.3"), False),
    ("semverCompare", ("^*", "1.3.0"), False),
    ("semverCompare", ("^*", "2.0.0"), False),
    ("semverCompare", ("^*", "1.2.3-beta.2"), False),
    ("semverCompare", ("^*", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("~0.0.0", "0.0.0"), True),
    ("semverCompare", ("~0.0.0", "0.0.3"), True),
    ("semverCompare", ("~0.0.0", "0.2.5"), True),
    ("semverCompare", ("~0.0.0", "1.2.3"), True),
    ("semverCompare", ("~0.0.0", "1.3.0"), True),
    ("semverCompare", ("~0.0.0", "2.0.0"), True),
    ("semverCompare", ("~0.0.0", "1.2.3-beta.2"), False),
    ("semverCompare", ("~0.0.0", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("1.2", "0.0.0"), False),
    ("semverCompare", ("1.2", "0.0.3"), False),
    ("semverCompare", ("1.2", "0.2.5"), False),
    ("semverCompare", ("1.2", "1.2.3"), True),
    ("semverCompare", ("1.2", "1.3.0"), False),
    ("semverCompare", ("1.2", "2.0.0"), False),
    ("semverCompare", ("1.2", "1.2.3-beta.2"), False),
    ("semverCompare", ("1.2", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("1.x", "0.0.0"), False),
    ("semverCompare", ("1.x", "0.0.3"), False),
    ("semverCompare", ("1.x", "0.2.5"), False),
    ("semverCompare", ("1.x", "1.2.3"), True),
    ("semverCompare", ("1.x", "1.3.0"), True),
    ("semverCompare", ("1.x", "2.0.0"), False),
    ("semverCompare", ("1.x", "1.2.3-beta.2"), False),
    ("semverCompare", ("1.x", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("*", "0.0.0"), True),
    ("semverCompare", ("*", "0.0.3"), True),
    ("semverCompare", ("*", "0.2.5"), True),
    ("semverCompare", ("*", "1.2.3"), True),
    ("semverCompare", ("*", "1.3.0"), True),
    ("semverCompare", ("*", "2.0.0"), True),
    ("semverCompare", ("*", "1.2.3-beta.2"), False),
    ("semverCompare", ("*", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("!=1.2.x", "0.0.0"), True),
    ("semverCompare", ("!=1.2.x", "0.0.3"), True),
    ("semverCompare", ("!=1.2.x", "0.2.5"), True),
    ("semverCompare", ("!=1.2.x", "1.2.3"), False),
    ("semverCompare", ("!=1.2.x", "1.3.0"), True),
    ("semverCompare", ("!=1.2.x", "2.0.0"), True),
    ("semverCompare", ("!=1.2.x", "1.2.3-beta.2"), False),
    ("semverCompare", ("!=1.2.x", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("!=1", "0.0.0"), True),
    ("semverCompare", ("!=1", "0.0.3"), True),
    ("semverCompare", ("!=1", "0.2.5"), True),
    ("semverCompare", ("!=1", "1.2.3"), False),
    ("semverCompare", ("!=1", "1.3.0"), False),
    ("semverCompare", ("!=1", "2.0.0"), True),
    ("semverCompare", ("!=1", "1.2.3-beta.2"), False),
    ("semverCompare", ("!=1", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("!=*", "0.0.0"), False),
    ("semverCompare", ("!=*", "0.0.3"), True),
    ("semverCompare", ("!=*", "0.2.5"), True),
    ("semverCompare", ("!=*", "1.2.3"), True),
    ("semverCompare", ("!=*", "1.3.0"), True),
    ("semverCompare", ("!=*", "2.0.0"), True),
    ("semverCompare", ("!=*", "1.2.3-beta.2"), False),
    ("semverCompare", ("!=*", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("!=1.2.3", "0.0.0"), True),
    ("semverCompare", ("!=1.2.3", "0.0.3"), True),
    ("semverCompare", ("!=1.2.3", "0.2.5"), True),
    ("semverCompare", ("!=1.2.3", "1.2.3"), False),
    ("semverCompare", ("!=1.2.3", "1.3.0"), True),
    ("semverCompare", ("!=1.2.3", "2.0.0"), True),
    ("semverCompare", ("!=1.2.3", "1.2.3-beta.2"), True),
    ("semverCompare", ("!=1.2.3", "1.2.3-beta.10+7"), True),
    ("semverCompare", (">1", "0.0.0"), False),
    ("semverCompare", (">1", "0.0.3"), False),
    ("semverCompare", (">1", "0.2.5"), False),
    ("semverCompare", (">1", "1.2.3"), False),
    ("semverCompare", (">1", "1.3.0"), False),
    ("semverCompare", (">1", "2.0.0"), True),
    ("semverCompare", (">1", "1.2.3-beta.2"), False),
    ("semverCompare", (">1", "1.2.3-beta.10+7"), False),
    ("semverCompare", (">1.1", "0.0.0"), False),
    ("semverCompare", (">1.1", "0.0.3"), False),
    ("semverCompare", (">1.1", "0.2.5"), False),
    ("semverCompare", (">1.1", "1.2.3"), True),
    ("semverCompare", (">1.1", "1.3.0"), True),
    ("semverCompare", (">1.1", "2.0.0"), True),
    ("semverCompare", (">1.1", "1.2.3-beta.2"), False),
    ("semverCompare", (">1.1", "1.2.3-beta.10+7"), False),
    ("semverCompare", (">1.2", "0.0.0"), False),
    ("semverCompare", (">1.2", "0.0.3"), False),
    ("semverCompare", (">1.2", "0.2.5"), False),
    ("semverCompare", (">1.2", "1.2.3"), False),
    ("semverCompare", (">1.2", "1.3.0"), True),
    ("semverCompare", (">1.2", "2.0.0"), True),
    ("semverCompare", (">1.2", "1.2.3-beta.2"), False),
    ("semverCompare", (">1.2", "1.2.3-beta.10+7"), False),
    ("semverCompare", (">*", "0.0.0"), False),
    ("semverCompare", (">*", "0.0.3"), True),
    ("semverCompare", (">*", "0.2.5"), True),
    ("semverCompare", (">*", "1.2.3"), True),
    ("semverCompare", (">*", "1.3.0"), True),
    ("semverCompare", (">*", "2.0.0"), True),
    ("semverCompare", (">*", "1.2.3-beta.2"), False),
    ("semverCompare", (">*", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("<=1", "0.0.0"), True),
    ("semverCompare", ("<=1", "0.0.3"), True),
    ("semverCompare", ("<=1", "0.2.5"), True),
    ("semverCompare", ("<=1", "1.2.3"), True),
    ("semverCompare", ("<=1", "1.3.0"), True),
    ("semverCompare", ("<=1", "2.0.0"), False),
    ("semverCompare", ("<=1", "1.2.3-beta.2"), False),
    ("semverCompare", ("<=1", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("<=1.2", "0.0.0"), True),
    ("semverCompare", ("<=1.2", "0.0.3"), True),
    ("semverCompare", ("<=1.2", "0.2.5"), True),
    ("semverCompare", ("<=1.2", "1.2.3"), True),
    ("semverCompare", ("<=1.2", "1.3.0"), False),
    ("semverCompare", ("<=1.2", "2.0.0"), False),
    ("semverCompare", ("<=1.2", "1.2.3-beta.2"), False),
    ("semverCompare", ("<=1.2", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("<=*", "0.0.0"), True),
    ("semverCompare", ("<=*", "0.0.3"), True),
    ("semverCompare", ("<=*", "0.2.5"), False),
    ("semverCompare", ("<=*", "1.2.3"), False),
    ("semverCompare", ("<=*", "1.3.0"), False),
    ("semverCompare", ("<=*", "2.0.0"), False),
    ("semverCompare", ("<=*", "1.2.3-beta.2"), False),
    ("semverCompare", ("<=*", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("<2", "0.0.0"), True),
    ("semverCompare", ("<2", "0.0.3"), True),
    ("semverCompare", ("<2", "0.2.5"), True),
    ("semverCompare", ("<2", "1.2.3"), True),
    ("semverCompare", ("<2", "1.3.0"), True),
    ("semverCompare", ("<2", "2.0.0"), False),
    ("semverCompare", ("<2", "1.2.3-beta.2"), False),
    ("semverCompare", ("<2", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("=>1.2.3-beta.3", "0.0.0"), False),
    ("semverCompare", ("=>1.2.3-beta.3", "0.0.3"), False),
    ("semverCompare", ("=>1.2.3-beta.3", "0.2.5"), False),
    ("semverCompare", ("=>1.2.3-beta.3", "1.2.3"), True),
    ("semverCompare", ("=>1.2.3-beta.3", "1.3.0"), True),
    ("semverCompare", ("=>1.2.3-beta.3", "2.0.0"), True),
    ("semverCompare", ("=>1.2.3-beta.3", "1.2.3-beta.2"), False),
    ("semverCompare", ("=>1.2.3-beta.3", "1.2.3-beta.10+7"), True),
    ("semverCompare", ("1.2 - 1.4.5", "0.0.0"), False),
    ("semverCompare", ("1.2 - 1.4.5", "0.0.3"), False),
    ("semverCompare", ("1.2 - 1.4.5", "0.2.5"), False),
    ("semverCompare", ("1.2 - 1.4.5", "1.2.3"), True),
    ("semverCompare", ("1.2 - 1.4.5", "1.3.0"), True),
    ("semverCompare", ("1.2 - 1.4.5", "2.0.0"), False),
    ("semverCompare", ("1.2 - 1.4.5", "1.2.3-beta.2"), False),
    ("semverCompare", ("1.2 - 1.4.5", "1.2.3-beta.10+7"), False),
    ("semverCompare", (">1.2, <2 || 0.0.3", "0.0.0"), False),
    ("semverCompare", (">1.2, <2 || 0.0.3", "0.0.3"), True),
    ("semverCompare", (">1.2, <2 || 0.0.3", "0.2.5"), False),
    ("semverCompare", (">1.2, <2 || 0.0.3", "1.2.3"), False),
    ("semverCompare", (">1.2, <2 || 0.0.3", "1.3.0"), True),
    ("semverCompare", (">1.2, <2 || 0.0.3", "2.0.0"), False),
    ("semverCompare", (">1.2, <2 || 0.0.3", "1.2.3-beta.2"), False),
    ("semverCompare", (">1.2, <2 || 0.0.3", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("=<1.2.3", "0.0.0"), True),
    ("semverCompare", ("=<1.2.3", "0.0.3"), True),
    ("semverCompare", ("=<1.2.3", "0.2.5"), True),
    ("semverCompare", ("=<1.2.3", "1.2.3"), True),
    ("semverCompare", ("=<1.2.3", "1.3.0"), False),
    ("semverCompare", ("=<1.2.3", "2.0.0"), False),
    ("semverCompare", ("=<1.2.3", "1.2.3-beta.2"), False),
    ("semverCompare", ("=<1.2.3", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("~>0.2", "0.0.0"), False),
    ("semverCompare", ("~>0.2", "0.0.3"), False),
    ("semverCompare", ("~>0.2", "0.2.5"), True),
    ("semverCompare", ("~>0.2", "1.2.3"), False),
    ("semverCompare", ("~>0.2", "1.3.0"), False),
    ("semverCompare", ("~>0.2", "2.0.0"), False),
    ("semverCompare", ("~>0.2", "1.2.3-beta.2"), False),
    ("semverCompare", ("~>0.2", "1.2.3-beta.10+7"), False),
    ("semverCompare", (">= 1.2.3-alpha", "0.0.0"), False),
    ("semverCompare", (">= 1.2.3-alpha", "0.0.3"), False),
    ("semverCompare", (">= 1.2.3-alpha", "0.2.5"), False),
    ("semverCompare", (">= 1.2.3-alpha", "1.2.3"), True),
    ("semverCompare", (">= 1.2.3-alpha", "1.3.0"), True),
    ("semverCompare", (">= 1.2.3-alpha", "2.0.0"), True),
    ("semverCompare", (">= 1.2.3-alpha", "1.2.3-beta.2"), True),
    ("semverCompare", (">= 1.2.3-alpha", "1.2.3-beta.10+7"), True),
    ("semverCompare", ("v1.2.3", "0.0.0"), False),
    ("semverCompare", ("v1.2.3", "0.0.3"), False),
    ("semverCompare", ("v1.2.3", "0.2.5"), False),
    ("semverCompare", ("v1.2.3", "1.2.3"), True),
    ("semverCompare", ("v1.2.3", "1.3.0"), False),
    ("semverCompare", ("v1.2.3", "2.0.0"), False),
    ("semverCompare", ("v1.2.3", "1.2.3-beta.2"), False),
    ("semverCompare", ("v1.2.3", "1.2.3-beta.10+7"), False),
    ("semverCompare", ("1-2", "1.2.3"), True),
    ("semverCompare", ("  1.2.3  ", "1.2.3"), True),
    ("semverCompare", ("1.2.3 ,1", "1.2.3"), True),
    ("semverCompare", ("*", "v1"), True),
    ("semverCompare", ("*", "v18446744073709551615"), True),
    ("semverCompare", ("*", "1.2.3+a.b"), True),
]

FAILURES: list[tuple[str, tuple[Any, ...]]] = [
    ("semverCompare", ("", "1.2.3")),
    ("semverCompare", (" ", "1.2.3")),
    ("semverCompare", ("secret", "1.2.3")),
    ("semverCompare", (">>1", "1.2.3")),
    ("semverCompare", ("1,,2", "1.2.3")),
    ("semverCompare", ("1,", "1.2.3")),
    ("semverCompare", (",1", "1.2.3")),
    ("semverCompare", ("1|2", "1.2.3")),
    ("semverCompare", ("xx", "1.2.3")),
    ("semverCompare", ("1.2.3.4", "1.2.3")),
    ("semverCompare", ("18446744073709551616", "1.2.3")),
    ("semverCompare", ("1.2.3-01", "1.2.3")),
    ("semverCompare", ("1.2.3 -2", "1.2.3")),
    ("semverCompare", ("*", "")),
    ("semverCompare", ("*", "secret")),
    ("semverCompare", ("*", "1.2.3.4")),
    ("semverCompare", ("*", "1.2-x.01")),
    ("semverCompare", ("*", "1.2.3-")),
    ("semverCompare", ("*", "18446744073709551616.0.0")),
    ("semverCompare", ("*", " 1.2.3")),
]


@pytest.mark.parametrize(("name", "args", "expected"), CASES)
def test_gives_what_sprig_gives(name: str, args: tuple[Any, ...], expected: Any) -> None:
    """The result is sprig's, type and all."""
    assert calls.typed(calls.call(name, *args)) == calls.typed(expected)


@pytest.mark.parametrize(("name", "args"), FAILURES)
def test_fails_where_sprig_fails(name: str, args: tuple[Any, ...]) -> None:
    """What makes sprig fail or panic fails here, and the text has no argument in it."""
    with pytest.raises(failures.Failed) as caught:
        calls.call(name, *args)
    assert all(str(each) not in caught.value.message for each in args if isinstance(each, str) and len(each) > 4)


VERSIONS = [
    ("v1.2.3-beta.1+7", "1.2.3-beta.1+7"),
    ("1", "1.0.0"),
    ("v1.2", "1.2.0"),
    ("0.10.0", "0.10.0"),
]


def _method(version: Any, name: str, *args: Any) -> Any:
    return version.methods[name].call(template_state.build(), *args)


@pytest.mark.parametrize(("text", "shown"), VERSIONS)
def test_reads_a_version(text: str, shown: str) -> None:
    """A version prints in full, and knows how it was written."""
    version = calls.call("semver", text)
    assert (version.type_name, _method(version, "String"), _method(version, "Original")) == (
        "*semver.Version",
        shown,
        text,
    )
    assert calls.call("toString", version) == shown


def test_tells_the_parts_of_a_version() -> None:
    """Numbers are uint64, as in Go."""
    version = calls.call("semver", "v1.2.3-beta.1+7")
    parts = [_method(version, name) for name in ("Major", "Minor", "Patch", "Prerelease", "Metadata")]
    assert calls.typed(parts) == calls.typed([values.Uint64(1), values.Uint64(2), values.Uint64(3), "beta.1", "7"])


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("IncPatch", (), "v1.2.3"),
        ("IncMinor", (), "v1.3.0"),
        ("IncMajor", (), "v2.0.0"),
        ("SetPrerelease", ("x.2",), "v1.2.3-x.2+7"),
        ("SetPrerelease", ("",), "v1.2.3+7"),
        ("SetMetadata", ("y",), "v1.2.3-beta.1+y"),
    ],
)
def test_makes_other_versions_of_one(name: str, args: tuple[str, ...], expected: str) -> None:
    """They keep the v of the first."""
    made = _method(calls.call("semver", "v1.2.3-beta.1+7"), name, *args)
    assert _method(made, "Original") == expected


@pytest.mark.parametrize(("name", "value"), [("SetPrerelease", "a b"), ("SetPrerelease", "01"), ("SetMetadata", "a_b")])
def test_refuses_what_cannot_follow_a_version(name: str, value: str) -> None:
    """Prerelease and metadata are words with dots between them."""
    with pytest.raises(failures.Failed) as caught:
        _method(calls.call("semver", "1.2.3"), name, value)
    assert value not in caught.value.message


ORDERED = [
    "1.0.0-1",
    "1.0.0-2",
    "1.0.0-10",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-beta",
    "1.0.0",
    "1.0.1",
    "1.1.0",
    "2.0.0",
]


def test_orders_versions() -> None:
    """Numbers by size and before words, a prerelease before the release, metadata of no matter."""
    versions = [calls.call("semver", text) for text in ORDERED]
    for place, one in enumerate(versions):
        for other_place, other in enumerate(versions):
            expected = (place > other_place) - (place < other_place)
            assert _method(one, "Compare", other) == expected
            assert _method(one, "LessThan", other) == (expected < 0)
            assert _method(one, "LessThanEqual", other) == (expected <= 0)
            assert _method(one, "GreaterThan", other) == (expected > 0)
            assert _method(one, "GreaterThanEqual", other) == (expected >= 0)
    assert _method(calls.call("semver", "1+a"), "Equal", calls.call("semver", "v1.0.0+b"))


def test_compares_with_versions_only() -> None:
    """A text is no version."""
    with pytest.raises(failures.Failed, match=r"expected .semver\.Version"):
        _method(calls.call("semver", "1.2.3"), "Compare", "1.2.3")


@pytest.mark.parametrize(
    ("part", "end", "most"),
    [(" ", "!", 900), ("1 ", "!", 450), ("1", "!", 900), ("1.2-a", "!", 150), ("1   ", "", 240)],
)
def test_looks_at_hostile_constraints_for_no_longer_than_a_moment(part: str, end: str, most: int) -> None:
    """No constraint, which has a thousand characters at most, makes the matching go back and forth for long."""

    def compare(constraint: str) -> None:
        with contextlib.suppress(failures.Failed):
            calls.call("semverCompare", constraint, "1.2.3")

    assert cost.is_in_proportion(compare, lambda size: part * size + end, most, power=2)


def test_a_constraint_that_is_too_long_is_none() -> None:
    """It is refused before it is matched."""
    with pytest.raises(failures.Failed, match="improper constraint"):
        calls.call("semverCompare", " " * 100_000 + "!", "1.2.3")
