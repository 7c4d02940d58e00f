"""sprig's `semver`, whose result has the methods of Go's semver.Version, and `semverCompare`."""

from collections.abc import Callable
from typing import Final

from provider.golang import failures, values
from provider.gotemplate import function, state
from provider.gotemplate.functions.sprig import constraints, reflection, versions

TABLE: Final = function.Table()


@TABLE.add("semver", "string")
def _semver(rendering: state.State, text: str) -> reflection.Opaque:
    rendering.budget.allocate(len(text))
    return _struct(versions.parse(text), "*semver.Version")


@TABLE.add("semverCompare", "string", "string")
def _semver_compare(rendering: state.State, constraint: str, version: str) -> bool:
    rendering.budget.step(10 + len(constraint) + len(version))
    return constraints.allows(constraint, version)


def _struct(version: versions.Version, type_name: str = "semver.Version") -> reflection.Opaque:
    def other(value: values.Value) -> versions.Version:
        if isinstance(value, reflection.Opaque) and isinstance(value.hidden, versions.Version):
            return value.hidden
        raise failures.Failed(f"wrong type for value; expected *semver.Version; got {values.type_name(value)}")

    def order(value: values.Value) -> int:
        than = other(value)
        return 0 if version.matches(than) else -1 if version < than else 1

    methods = function.Table()

    def add(name: str, call: Callable[..., values.Value], *params: str) -> None:
        methods.add(name, *params)(call)

    add("String", lambda _rendering: str(version))
    add("Original", lambda _rendering: version.original)
    add("Major", lambda _rendering: values.Uint64(version.major))
    add("Minor", lambda _rendering: values.Uint64(version.minor))
    add("Patch", lambda _rendering: values.Uint64(version.patch))
    add("Prerelease", lambda _rendering: version.prerelease)
    add("Metadata", lambda _rendering: version.metadata)
    add("IncPatch", lambda _rendering: _struct(version.next_patch()))
    add("IncMinor", lambda _rendering: _struct(version.next_minor()))
    add("IncMajor", lambda _rendering: _struct(version.next_major()))
    add("SetPrerelease", lambda _rendering, text: _struct(version.with_prerelease(text)), "string")
    add("SetMetadata", lambda _rendering, text: _struct(version.with_metadata(text)), "string")
    add("Compare", lambda _rendering, value: order(value), "any")
    add("Equal", lambda _rendering, value: order(value) == 0, "any")
    add("LessThan", lambda _rendering, value: order(value) < 0, "any")
    add("LessThanEqual", lambda _rendering, value: order(value) <= 0, "any")
    add("GreaterThan", lambda _rendering, value: order(value) > 0, "any")
    add("GreaterThanEqual", lambda _rendering, value: order(value) >= 0, "any")
    return reflection.Opaque(type_name, version, str(version), methods.functions)
