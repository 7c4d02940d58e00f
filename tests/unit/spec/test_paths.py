"""Paths: file names as the driver takes them, secret paths and queries as Go sends them."""

import pytest

from provider.spec import paths


@pytest.mark.parametrize(
    "name", ["a", "a/b", "a/b/c.txt", ".hidden", "a..b", "a/.b", "a/..b", "...".join("ab"), "a b", "é", "x" * 255]
)
def test_names_that_the_driver_writes_pass(name: str) -> None:
    """Relative, clean, in any directory, up to 255 bytes a part."""
    paths.check_file(name)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("/a", 'must be relative; write "a"'),
        ("//a/b", 'must be relative; write "a/b"'),
        ("..", 'may not start with ".."'),
        ("../a", 'may not start with ".."'),
        ("a/../b", 'may not start with ".."'),
        ("..data", 'may not start with ".."'),
        ("./a", 'is not clean; write "a"'),
        ("a//b", 'is not clean; write "a/b"'),
        ("a/", 'is not clean; write "a"'),
        ("a/./b", 'is not clean; write "a/b"'),
        (".", "names no file"),
        ("./", "names no file"),
        ("x" * 256, "more than 255 bytes"),
        ("é" * 128, "more than 255 bytes"),
        ("a/" * 2100 + "a", "more than 4096 bytes"),
        ("a\x00b", "control character"),
        ("a\nb", "control character"),
        ("a\x7f", "control character"),
    ],
)
def test_names_that_the_driver_refuses_are_refused(name: str, told: str) -> None:
    """Before anything is read, and with the name to write instead."""
    with pytest.raises(paths.BadPath) as caught:
        paths.check_file(name)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("names", "pairs"),
    [
        (["a", "b"], []),
        (["a", "ab"], []),
        (["a/b", "a/c"], []),
        (["a", "a/b"], [("a", "a/b")]),
        (["a/b/c", "a-x", "a/b", "a.b"], [("a/b", "a/b/c")]),
        (["a", "a-b", "a/b/c", "a/d"], [("a", "a/b/c"), ("a", "a/d")]),
    ],
)
def test_a_file_cannot_be_a_directory_too(names: list[str], pairs: list[tuple[str, str]]) -> None:
    """Names below another object's file are found, neighbours in spelling are not."""
    assert paths.blocked(names) == pairs


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
    assert paths.vault_path(written) == (path, query)


@pytest.mark.parametrize(
    ("written", "told"),
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
def test_a_secret_path_that_is_none_is_refused(written: str, told: str) -> None:
    """Above all one that would leave /v1/."""
    with pytest.raises(paths.BadPath) as caught:
        paths.vault_path(written)
    assert told in str(caught.value)
