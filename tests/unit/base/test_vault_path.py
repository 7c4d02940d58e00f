"""Paths of secrets and their queries, as Go sends them."""

import pytest

from provider.base import vault_path


@pytest.mark.parametrize(
    ("written", "path", "query"),
    [
        ("x", "x", ()),
        ("/x", "x", ()),
        ("v1/x", "x", ()),
        ("/v1/x", "x", ()),
        ("//x", "x", ()),
        ("v1//x", "x", ()),
        ("v1/v1/x", "v1/x", ()),
        ("v1", "v1", ()),
        ("a//b/./c/", "a/b/c", ()),
        ("a/../b", "b", ()),
        ("a b", "a b", ()),
        ("a%20b", "a%20b", ()),
        ("a#b", "a#b", ()),
        ("a:b@c", "a:b@c", ()),
        ("a?", "a", ()),
        ("a?version=2", "a", (("version", "2"),)),
        ("a/?list", "a", (("list", ""),)),
        ("a?b=2&a=1&b=1&a=0", "a", (("a", "1"), ("a", "0"), ("b", "2"), ("b", "1"))),
        ("a?x=%2F%41+b", "a", (("x", "/A b"),)),
        ("a?x=%C3%A9", "a", (("x", "é"),)),
        ("a?x=1=2", "a", (("x", "1=2"),)),
        ("a?x=b?c", "a", (("x", "b?c"),)),
        ("a?&&x=1&", "a", (("x", "1"),)),
        ("a?=x", "a", (("", "x"),)),
    ],
)
def test_a_secret_path_is_what_go_makes_of_it(written: str, path: str, query: tuple[tuple[str, str], ...]) -> None:
    """With or without /v1/, cleaned; % and # are literal in the path; the query is sorted by name."""
    assert vault_path.read(written) == (path, query)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "is empty"),
        ("/", "is empty"),
        ("/v1/", "is empty"),
        ("?a=b", "is empty"),
        ("a/..", "is empty"),
        ("../sys/health", "climbs out"),
        ("/v1/../x", "climbs out"),
        ("a/../../x", "climbs out"),
        ("a\nb", "control character"),
        ("a?x=1;y=2", 'a ";" in its query'),
        ("a?x=%zz", "no two hex digits"),
        ("a?x=%4", "no two hex digits"),
        ("a?x=%", "no two hex digits"),
        ("a?x=%ff", "no UTF-8"),
    ],
)
def test_a_secret_path_that_is_none_is_refused(written: str, message: str) -> None:
    """Above all one that would leave /v1/."""
    with pytest.raises(vault_path.BadPath) as caught:
        vault_path.read(written)
    assert message in str(caught.value)
