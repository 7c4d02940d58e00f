"""File names as the driver takes them."""

import pytest

from provider.base import file_names, vault_path


@pytest.mark.parametrize(
    "name", ["a", "a/b", "a/b/c.txt", ".hidden", "a..b", "a/.b", "a/..b", "...".join("ab"), "a b", "é", "x" * 255]
)
def test_names_that_the_driver_writes_pass(name: str) -> None:
    """Relative, clean, in any directory, up to 255 bytes a part."""
    file_names.check_file(name)


@pytest.mark.parametrize(
    ("name", "message"),
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
        (".", "is not a file name"),
        ("./", "is not a file name"),
        ("x" * 256, "more than 255 bytes"),
        ("é" * 128, "more than 255 bytes"),
        ("a/" * 2100 + "a", "more than 4096 bytes"),
        ("a\x00b", "control character"),
        ("a\nb", "control character"),
        ("a\x7f", "control character"),
    ],
)
def test_names_that_the_driver_refuses_are_refused(name: str, message: str) -> None:
    """Before anything is read, and with the name to write instead."""
    with pytest.raises(vault_path.BadPath) as caught:
        file_names.check_file(name)
    assert message in str(caught.value)


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
    assert file_names.blocked(names) == pairs
