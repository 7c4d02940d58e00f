"""sprig's functions on paths: expected values are what sprig v3.3 gave."""

from typing import Any

import pytest

from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("base", ("",), "."),
    ("base", (".",), "."),
    ("base", ("/",), "/"),
    ("base", ("//",), "/"),
    ("base", ("a",), "a"),
    ("base", ("a/b.c",), "b.c"),
    ("base", ("/a/../../b//c/.",), "."),
    ("base", ("../a/..",), ".."),
    ("base", ("a/b/",), "b"),
    ("base", ("/..",), ".."),
    ("base", ("a.tar.gz",), "a.tar.gz"),
    ("base", ("a.b/c",), "c"),
    ("base", (".x",), ".x"),
    ("dir", ("",), "."),
    ("dir", (".",), "."),
    ("dir", ("/",), "/"),
    ("dir", ("//",), "/"),
    ("dir", ("a",), "."),
    ("dir", ("a/b.c",), "a"),
    ("dir", ("/a/../../b//c/.",), "/b/c"),
    ("dir", ("../a/..",), "../a"),
    ("dir", ("a/b/",), "a/b"),
    ("dir", ("/..",), "/"),
    ("dir", ("a.tar.gz",), "."),
    ("dir", ("a.b/c",), "a.b"),
    ("dir", (".x",), "."),
    ("clean", ("",), "."),
    ("clean", (".",), "."),
    ("clean", ("/",), "/"),
    ("clean", ("//",), "/"),
    ("clean", ("a",), "a"),
    ("clean", ("a/b.c",), "a/b.c"),
    ("clean", ("/a/../../b//c/.",), "/b/c"),
    ("clean", ("../a/..",), ".."),
    ("clean", ("a/b/",), "a/b"),
    ("clean", ("/..",), "/"),
    ("clean", ("a.tar.gz",), "a.tar.gz"),
    ("clean", ("a.b/c",), "a.b/c"),
    ("clean", (".x",), ".x"),
    ("ext", ("",), ""),
    ("ext", (".",), "."),
    ("ext", ("/",), ""),
    ("ext", ("//",), ""),
    ("ext", ("a",), ""),
    ("ext", ("a/b.c",), ".c"),
    ("ext", ("/a/../../b//c/.",), "."),
    ("ext", ("../a/..",), "."),
    ("ext", ("a/b/",), ""),
    ("ext", ("/..",), "."),
    ("ext", ("a.tar.gz",), ".gz"),
    ("ext", ("a.b/c",), ""),
    ("ext", (".x",), ".x"),
    ("isAbs", ("/a",), True),
    ("isAbs", ("a",), False),
    ("osBase", ("/a/b",), "b"),
    ("osDir", ("/a/b",), "/a"),
    ("osClean", ("a//b",), "a/b"),
    ("osExt", ("a.b",), ".b"),
    ("osIsAbs", ("/",), True),
    ("osIsAbs", ("",), False),
]


@pytest.mark.parametrize(("name", "args", "expected"), CASES)
def test_gives_what_sprig_gives(name: str, args: tuple[Any, ...], expected: Any) -> None:
    """The result is sprig's, type and all."""
    assert calls.typed(calls.call(name, *args)) == calls.typed(expected)
