"""sprig's functions on paths, with a slash between the parts: Go's package path, and filepath as it is on Linux."""

from typing import Final

from provider.gotemplate import function, state

TABLE: Final = function.Table()


@TABLE.add("base", "string")
@TABLE.add("osBase", "string")
def _base(rendering: state.State, path: str) -> str:
    rendering.budget.allocate(len(path))
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


@TABLE.add("dir", "string")
@TABLE.add("osDir", "string")
def _dir(rendering: state.State, path: str) -> str:
    directory, slash, _ = path.rpartition("/")
    return _cleaned(rendering, directory + slash)


@TABLE.add("clean", "string")
@TABLE.add("osClean", "string")
def _clean(rendering: state.State, path: str) -> str:
    return _cleaned(rendering, path)


@TABLE.add("ext", "string")
@TABLE.add("osExt", "string")
def _ext(rendering: state.State, path: str) -> str:
    rendering.budget.allocate(len(path))
    _, dot, extension = path.rpartition("/")[2].rpartition(".")
    return dot + extension if dot else ""


@TABLE.add("isAbs", "string")
@TABLE.add("osIsAbs", "string")
def _is_abs(_rendering: state.State, path: str) -> bool:
    return path.startswith("/")


def _cleaned(rendering: state.State, path: str) -> str:
    """The shortest path that is the same: no `.`, no `..` but at the start of a relative one."""
    rendering.budget.allocate(len(path))
    root = "/" if path.startswith("/") else ""
    kept: list[str] = []
    for part in path.split("/"):
        rendering.budget.step()
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part not in {"", "."} and not (part == ".." and root):
            kept.append(part)
    return root + "/".join(kept) or "."
