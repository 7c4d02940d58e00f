"""The cases: reading them, running one, and telling whether what came out is what Go makes of it.

Output is compared byte for byte. Of an error its phase and its line are: `parse` for what is no template, `exec` for a
rendering that failed, `missing` for one that lacks a secret. Texts differ on purpose, because Go's show values: ours
are checked for what they must not contain.
"""

import base64
import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from provider.golang import gojson, limits, values
from provider.gotemplate import faults
from provider.gotemplate.execute import builtins, executor
from provider.gotemplate.parse import parser
from provider.shapes.templating import function_table
from tests.corpus import vaults
from tests.doubles import template_state

_NAMES: Final = frozenset(builtins.NAMES) | frozenset(function_table.FUNCTIONS)
_LENIENT: Final = "may choose to be lenient"
_NOW: Final = 1_800_000_000.0


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a template: its output, or the phase it failed in, the line (0: none known), and the text."""

    output: bytes | None = None
    phase: str = ""
    line: int = 0
    text: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """One line of a file.

    Attributes:
        data: `dot` and what Vault holds.
        missing_key: consul-template's default is "zero".
        expected: what Go makes of it.
        is_lenient: Go fails here only because its types are static; output is fine too.
        secret: texts that no error of ours may hold.
    """

    name: str
    category: str
    template: str
    data: Mapping[str, Any]
    missing_key: str
    delimiters: tuple[str, str]
    expected: Outcome
    is_lenient: bool
    secret: tuple[str, ...]


def read(path: Path) -> list[Case]:
    """All cases of a file."""
    return [_case(gojson.loads(line)) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def _case(line: Mapping[str, Any]) -> Case:
    options = line.get("opts", {})
    left, right = options.get("delims", ["{{", "}}"])
    output = None
    if "want" in line:
        output = values.to_bytes(line["want"])
    elif "want_b64" in line:
        output = base64.b64decode(line["want_b64"])
    return Case(
        name=line["name"],
        category=line["category"],
        template=line["template"],
        data=line["data"],
        missing_key=options.get("missingkey", "zero"),
        delimiters=(left, right),
        expected=Outcome(output, line.get("phase", ""), int(line.get("line", 0)), line.get("error", "")),
        is_lenient=_LENIENT in line.get("note", ""),
        secret=tuple(line.get("must_not_contain", ())),
    )


def run(case: Case) -> Outcome:
    """Parse and render it, with the limits of the daemon but for time: a machine that is slow changes no outcome."""
    vault = vaults.Vault(case.data)
    state = dataclasses.replace(template_state.build(limits.Limits(), vault, _NOW), missing_key=case.missing_key)
    left, right = case.delimiters
    try:
        program = parser.parse("", case.template, known=_NAMES, left=left, right=right)
        text = executor.execute(program, dot(case.data.get("dot")), state, function_table.FUNCTIONS)
    except faults.ParseFault as fault:
        return Outcome(phase="parse", line=fault.line, text=str(fault))
    except faults.ExecFault as fault:
        return Outcome(phase="exec", line=fault.line, text=str(fault))
    if vault.missing:
        return Outcome(phase="missing", text="missing: " + ", ".join(vault.missing))
    return Outcome(values.to_bytes(text))


def difference(case: Case, got: Outcome) -> str:
    """What is wrong with an outcome; "" if nothing is."""
    shown = [text for text in case.secret if text in got.text]
    if shown:
        return f"the error shows {shown}"
    expected = case.expected
    if case.is_lenient and got.output is not None:
        return ""
    if (got.output, got.phase, got.line) == (expected.output, expected.phase, expected.line):
        return ""
    return f"expected {_shown(expected)}\n     got {_shown(got)}"


def _shown(outcome: Outcome) -> str:
    return repr(outcome.output) if outcome.output is not None else f"{outcome.phase}: {outcome.text}"


def dot(written: Any) -> Any:
    """A value as a case writes it: integers are Go's int, other numbers float64; an object of one `$` key is tagged."""
    if isinstance(written, gojson.Number):
        return int(written) if written.lstrip("-").isdigit() else float(written)
    if isinstance(written, list):
        return [dot(each) for each in written]
    if isinstance(written, dict):
        name = next(iter(written), "")
        if len(written) == 1 and name in _TAGS:
            return _TAGS[name](written[name])
        return {key: dot(value) for key, value in written.items()}
    return written


def _pair(key: str, value: str) -> values.Struct:
    fields: dict[str, Any] = {"Path": key, "Key": key, "Value": value}
    numbers = dict.fromkeys(("CreateIndex", "ModifyIndex", "LockIndex", "Flags"), values.Uint64(0))
    return values.Struct("*dependency.KeyPair", fields | numbers | {"Session": ""})


_TAGS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "$number": gojson.Number,
    "$strings": values.StringList,
    "$ints": lambda written: values.IntList(map(int, written)),
    "$strmap": values.StringMap,
    "$intmap": lambda written: values.IntMap({int(key): value for key, value in written.items()}),
    "$uint": lambda written: values.Uint64(int(written)),
    "$float": float,
    "$bytes": base64.b64decode,
    "$pairs": lambda written: [_pair(*each) for each in written],
}
