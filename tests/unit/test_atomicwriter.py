"""Files written as the driver writes them."""

import os
from pathlib import Path

import pytest

from provider import atomicwriter

File = atomicwriter.File


def _tree(target: Path) -> dict[str, bytes]:
    """What a container sees: the contents by path, hidden names left out."""
    seen = {}
    for top in target.iterdir():
        if not top.name.startswith(".."):
            for place in top.rglob("*") if top.is_dir() else (top,):
                if place.is_file():
                    seen[str(place.relative_to(target))] = place.read_bytes()
    return seen


def _names(target: Path) -> list[str]:
    return sorted(place.name for place in target.iterdir())


def _hidden(target: Path) -> list[str]:
    return [name for name in _names(target) if name.startswith("..")]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "invalid path: must not be empty"),
        ("/etc/passwd", "invalid path: must be relative path"),
        ("../up", "invalid path: must not contain '..'"),
        ("a/../b", "invalid path: must not contain '..'"),
        ("..data", "invalid path: must not start with '..'"),
        ("..hidden/x", "invalid path: must not start with '..'"),
        ("a" * 256, "invalid path: filenames must be less than or equal to 255 characters"),
        ("é" * 128, "invalid path: filenames must be less than or equal to 255 characters"),
        ("/".join(["abc"] * 1025), "invalid path: must be less than or equal to 4096 characters"),
        ("a//b", 'invalid filepath: "a//b"'),
        ("./a", 'invalid filepath: "./a"'),
        ("a/./b", 'invalid filepath: "a/./b"'),
        ("a/", 'invalid filepath: "a/"'),
    ],
)
def test_a_path_that_breaks_the_rules_is_refused_before_anything_is_written(
    tmp_path: Path, path: str, message: str
) -> None:
    """The driver's rules hold, in its words, and one bad path spoils the whole set."""
    with pytest.raises(ValueError, match="invalid") as caught:
        atomicwriter.write(tmp_path, [File("fine", 0o644, b"1"), File(path, 0o644, b"2")])
    assert message in str(caught.value)
    assert _names(tmp_path) == []


@pytest.mark.parametrize("path", ["a", "a/b/c", "a/..b", ".hidden", "a" * 255, "with space", "ünï"])
def test_a_path_within_the_rules_is_written(tmp_path: Path, path: str) -> None:
    """Nested, hidden and long names are allowed, and only the first element may not start with two dots."""
    assert atomicwriter.write(tmp_path, [File(path, 0o644, b"1")])
    assert (tmp_path / path).read_bytes() == b"1"


def test_files_are_reached_through_links_into_the_data_directory(tmp_path: Path) -> None:
    """`..data` names a dated directory, and each first path element is a link through it."""
    atomicwriter.write(tmp_path, [File("user", 0o644, b"u"), File("db/a", 0o600, b"a"), File("db/b", 0o640, b"b")])
    assert (tmp_path / "user").readlink() == Path("..data/user")
    assert (tmp_path / "db").readlink() == Path("..data/db")
    assert (tmp_path / "..data").readlink().name in _hidden(tmp_path)
    assert _tree(tmp_path) == {"user": b"u", "db/a": b"a", "db/b": b"b"}


@pytest.mark.parametrize(
    ("mode", "bits"), [(0o644, 0o644), (0o400, 0o400), (0o100755, 0o755), (0o4755, 0o755), (0o7777, 0o777)]
)
def test_the_lowest_nine_bits_of_a_mode_are_applied_whatever_the_umask(tmp_path: Path, mode: int, bits: int) -> None:
    """A mode is what the provider said; setuid and file type bits are dropped."""
    before = os.umask(0o077)
    try:
        atomicwriter.write(tmp_path, [File("f", mode, b"x")])
    finally:
        os.umask(before)
    assert (tmp_path / "f").stat().st_mode & 0o7777 == bits


def test_nothing_is_written_while_the_contents_are_the_same(tmp_path: Path) -> None:
    """An unchanged set leaves the directory and its time of change alone."""
    files = [File("a", 0o644, b"1"), File("d/b", 0o644, b"2")]
    atomicwriter.write(tmp_path, files)
    before = (_hidden(tmp_path), tmp_path.stat().st_mtime_ns)
    assert not atomicwriter.write(tmp_path, files)
    assert (_hidden(tmp_path), tmp_path.stat().st_mtime_ns) == before


def test_a_change_of_only_a_mode_is_not_applied(tmp_path: Path) -> None:
    """As with the driver, modes count only when some content changes."""
    atomicwriter.write(tmp_path, [File("a", 0o644, b"1")])
    assert not atomicwriter.write(tmp_path, [File("a", 0o600, b"1")])
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644
    assert atomicwriter.write(tmp_path, [File("a", 0o600, b"2")])
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_a_change_replaces_the_whole_set_and_removes_what_is_gone(tmp_path: Path) -> None:
    """New, changed and removed files appear together; the old directory is deleted and links stay in place."""
    atomicwriter.write(tmp_path, [File("a", 0o644, b"1"), File("gone", 0o644, b"2"), File("d/old", 0o644, b"3")])
    link = (tmp_path / "a").lstat().st_ino
    assert atomicwriter.write(tmp_path, [File("a", 0o644, b"9"), File("new", 0o644, b"4"), File("d/b", 0o644, b"5")])
    assert _tree(tmp_path) == {"a": b"9", "new": b"4", "d/b": b"5"}
    assert (tmp_path / "a").lstat().st_ino == link
    assert len(_hidden(tmp_path)) == 2
    assert not (tmp_path / "gone").is_symlink()


def test_a_file_that_only_goes_away_is_a_change(tmp_path: Path) -> None:
    """Removing one object of two is written even though the other one is the same."""
    atomicwriter.write(tmp_path, [File("d/a", 0o644, b"1"), File("d/b", 0o644, b"2")])
    assert atomicwriter.write(tmp_path, [File("d/a", 0o644, b"1")])
    assert _tree(tmp_path) == {"d/a": b"1"}


def test_a_reader_sees_one_generation(tmp_path: Path) -> None:
    """A directory opened through ..data before a change keeps one set; a new look sees the other, whole."""
    atomicwriter.write(tmp_path, [File("user", 0o644, b"1"), File("password", 0o644, b"1")])
    held = (tmp_path / "..data").readlink()
    atomicwriter.write(tmp_path, [File("user", 0o644, b"2"), File("password", 0o644, b"2")])
    assert (tmp_path / "..data").readlink() != held
    assert not (tmp_path / held).exists()


def test_a_file_may_become_a_directory_and_back(tmp_path: Path) -> None:
    """The first path element keeps its link when what it leads to changes its nature."""
    for files in ([File("a", 0o644, b"1")], [File("a/b", 0o644, b"1")], [File("a", 0o644, b"2")]):
        assert atomicwriter.write(tmp_path, files)
        assert _tree(tmp_path) == {file.path: file.contents for file in files}


def test_of_two_files_with_one_path_the_last_counts(tmp_path: Path) -> None:
    """A doubled path is no error here; the provider refuses it earlier."""
    atomicwriter.write(tmp_path, [File("a", 0o644, b"1"), File("a", 0o600, b"2")])
    assert _tree(tmp_path) == {"a": b"2"}


def test_a_plain_file_of_an_old_provider_is_replaced(tmp_path: Path) -> None:
    """Providers that once wrote files themselves leave plain files, which a link replaces."""
    (tmp_path / "a").write_text("old")
    assert atomicwriter.write(tmp_path, [File("a", 0o644, b"new")])
    assert (tmp_path / "a").is_symlink()


def test_a_directory_of_somebody_else_is_not_deleted(tmp_path: Path) -> None:
    """A real directory in a file's way is an error, not a loss of its content."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "work").write_text("precious")
    with pytest.raises(FileExistsError, match="choose another target"):
        atomicwriter.write(tmp_path, [File("src/a", 0o644, b"1")])
    assert (tmp_path / "src" / "work").read_text() == "precious"


def test_a_data_link_that_leads_elsewhere_is_replaced_and_its_end_left_alone(tmp_path: Path) -> None:
    """Only directories that the writer made are deleted."""
    other, target = tmp_path / "other", tmp_path / "target"
    other.mkdir()
    target.mkdir()
    (other / "work").write_text("precious")
    (target / "..data").symlink_to("../other")
    assert atomicwriter.write(target, [File("a", 0o644, b"1")])
    assert (other / "work").read_text() == "precious"
    assert _tree(target) == {"a": b"1"}


def test_a_write_goes_on_after_one_that_was_interrupted(tmp_path: Path) -> None:
    """A leftover next link does not block."""
    (tmp_path / "..data_tmp").symlink_to("..gone")
    assert atomicwriter.write(tmp_path, [File("a", 0o644, b"1")])
    assert _tree(tmp_path) == {"a": b"1"}


def test_a_failed_write_leaves_the_old_set_and_nothing_else(tmp_path: Path) -> None:
    """A set that cannot be laid out (a file as another's directory) changes nothing."""
    atomicwriter.write(tmp_path, [File("a", 0o644, b"1")])
    before = _names(tmp_path)
    with pytest.raises(OSError, match="a"):
        atomicwriter.write(tmp_path, [File("a", 0o644, b"2"), File("a/b", 0o644, b"3")])
    assert _names(tmp_path) == before
    assert _tree(tmp_path) == {"a": b"1"}


def test_a_missing_target_is_an_error(tmp_path: Path) -> None:
    """The target itself is not made."""
    with pytest.raises(FileNotFoundError):
        atomicwriter.write(tmp_path / "none", [File("a", 0o644, b"1")])


def test_contents_are_not_shown() -> None:
    """A File may be printed or compared in a failing test without giving its secret away."""
    assert "s3cr3t" not in repr(File("a", 0o644, b"s3cr3t"))
