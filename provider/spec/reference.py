"""The reference page of all parameters and fields, written from the tables that parse them. Pure."""

from collections.abc import Iterable, Sequence

from provider.shapes import contract, registry
from provider.spec import objects, parameters


def page() -> str:
    """docs/parameters.md, as Markdown."""
    vault = [
        [_code(row.names(parameters.VAULT)), row.kind, row.default, row.since, row.doc] for row in parameters.TABLE
    ]
    bao = [[_code(row.names(parameters.OPENBAO)), _code([row.name(parameters.VAULT)])] for row in parameters.TABLE]
    common = [_row(field) for field in objects.COMMON]
    shapes = [_row(field) for shape in registry.SHAPES for field in shape.FIELDS]
    return f"""# Parameters of a SecretProviderClass

This page is written from the tables that parse a SecretProviderClass (`make docs`). All parameters are strings.
Precedence: the provider's environment, then its flags, then the SecretProviderClass.

## With `provider: vault`

{_table(["parameter", "kind", "without it", "since", "what for"], vault)}

## Fields of `objects`

`objects` is a YAML list inside a string. An unknown field is ignored with a warning in the provider's log.

{_table(["field", "kind", "without it", "what for"], common)}

What the file holds is chosen by one field:

{_table(["field", "the file is"], [[_mark(shape), shape.DOC] for shape in registry.SHAPES])}

{_table(["field", "kind", "without it", "what for"], shapes)}

## With `provider: openbao`

The same, under these names. Of several that are there, the first counts.

{_table(["parameter", "with `provider: vault`"], bao)}

## YAML as Go reads it

Text stays text: `secretKey: 0123`, `1.10`, `on` and `true` name those very keys, and `null` is unset. `filePermission`
0644, 0o644 and 420 are one mode. Inside `secretArgs`, `yes` and `on` are strings, `1e3` is the number 1000, and a date
becomes a time stamp. A key given twice is an error.
"""


def _row(field: contract.Field) -> list[str]:
    return [_code([field.name]), field.kind, field.default, field.doc]


def _mark(shape: type[contract.Shape]) -> str:
    return _code([shape.MARK]) if shape.MARK else "none of these"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
