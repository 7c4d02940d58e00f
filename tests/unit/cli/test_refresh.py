"""The arguments of `refresh` and `status`, and what they print."""

from typing import Any

import pytest

from provider import errors, settings
from provider.cli import output, refresh, status

LINE = {
    "pod": "ns/api-0",
    "spc": "api",
    "volume": "secrets",
    "objects": ["pw", "ca"],
    "called": 12.0,
    "refreshed": 3.0,
    "due": 27.0,
    "forced": False,
    "failing": None,
}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--pod", "ns/api-0"], {"pod": "ns/api-0"}),
        (["--pod=ns/api-0", "--static-only"], {"pod": "ns/api-0", "static_only": True}),
        (["--spc", "ns/api.v2"], {"spc": "ns/api.v2"}),
        (["--all"], {"all": True}),
    ],
)
def test_one_of_three_says_what_to_refresh(arguments: list[str], expected: dict[str, Any]) -> None:
    """A pod, a class, or all."""
    known = refresh.parser().parse_args(arguments)
    assert refresh.question(known) == {"do": "refresh", "static_only": False, **expected}
    assert known.admin_socket == settings.ADMIN_SOCKET


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required"),
        (["--all", "--pod", "ns/a"], "not allowed with"),
        (["--pod", "a"], "write namespace/name"),
        (["--pod", "a/b/c"], "write namespace/name"),
        (["--spc", "/a"], "write namespace/name"),
        (["--spc", "NS/a"], "write namespace/name"),
        (["--spc="], "write namespace/name"),
        (["--nope"], "required"),
        (["--all", "--nope"], "--nope"),
    ],
)
def test_anything_else_is_refused_with_what_to_write(arguments: list[str], message: str) -> None:
    """Before any daemon is asked."""
    with pytest.raises(errors.SettingsError, match=message):
        refresh.question(refresh.parser().parse_args(arguments))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "ns/api-0  api  secrets  2        12s ago  3s ago     in 27s    ok"),
        ({"due": 0, "forced": True}, "ns/api-0  api  secrets  2        12s ago  3s ago     next call  forced"),
        (
            {"due": None, "refreshed": None, "objects": [], "spc": ""},
            "ns/api-0  -    secrets  0        12s ago  never      never     not mounted yet",
        ),
        (
            {"failing": {"seconds": 700.0, "reason": "path-denied", "times": 9}},
            "ns/api-0  api  secrets  2        12s ago  3s ago     in 27s    failing for 11m: path-denied, tries: 9",
        ),
    ],
)
def test_the_table_has_a_line_a_volume(changed: dict[str, Any], expected: str) -> None:
    """Times and reasons in words."""
    assert status.table([{**LINE, **changed}]).splitlines()[1] == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.4, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (200_000, "2d")]
)
def test_a_span_is_told_in_its_largest_unit(seconds: float, expected: str) -> None:
    """That leaves two or more."""
    assert output.span(seconds) == expected
