"""Prints values of any type under a verb, nested lists and maps included, as fmt/print.go does.

Every piece of text is paid for from the budget before it is made. What Go writes as an address in memory is refused:
%p, channels, and pointers within other values.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from provider.golang import failures, limits, ordering, values
from provider.golang.fmt import formatter

Value = values.Value

_NIL: Final = "<nil>"
_NIL_INTERFACE: Final = "interface {}(nil)"

_BASES: Final = {"v": 10, "d": 10, "b": 2, "o": 8, "O": 8, "x": 16, "X": 16}
_DEFAULT_PRECISION: Final = {"e": 6, "E": 6, "f": 6, "F": 6, "g": -1, "G": -1, "b": -1, "x": -1, "X": -1, "v": -1}
_FLOAT_VERB: Final = {"F": "f", "v": "g"}


class Printer:
    """Collects printed text, under the flags of the current directive."""

    def __init__(self, budget: limits.Budget) -> None:
        self.flags = formatter.Flags()
        self._budget = budget
        self._pieces: list[str] = []
        self._size = 0

    def text(self) -> str:
        """Return what was printed so far."""
        return "".join(self._pieces)

    def write(self, piece: str) -> None:
        """Append a piece of text as it is.

        Raises:
            failures.Exceeded: the text grows too large.
        """
        size = values.size(piece)
        self.reserve(size)
        self._size += size
        self._pieces.append(piece)
        if size >= 100:
            self._budget.step(size // 100)

    def reserve(self, size: int) -> None:
        """Check that `size` more bytes may be printed.

        Raises:
            failures.Exceeded: they may not.
        """
        if self._size + size > self._budget.limits.string:
            self._budget.allocate(self._size + size)

    def print_struct(self, value: values.Struct) -> None:
        """Print a struct, or the one that a pointer points to, under %v.

        Raises:
            failures.Failed: it would be an address.
        """
        if value.string is not None:
            self._fmt_string(value.string, "v")
        else:
            self._print_fields(value, "v")

    def print_arg(self, value: Value, verb: str) -> None:
        """Print one argument under a verb; for a verb that does not fit it, print Go's complaint.

        Raises:
            failures.Failed: it would be an address.
        """
        if value is None or value is values.MISSING:
            if verb in "Tv":
                self._write_padded(_NIL)
            else:
                self.write(f"%!{verb}({_NIL})")
        elif verb == "T":
            self.reserve(self.flags.width or 0)
            self.write(formatter.fmt_s(values.type_name(value), self.flags))
        elif verb == "p":
            self._fmt_pointer(value)
        elif verb == "w" and isinstance(value, list | dict | values.Struct):
            self._bad_verb(verb, values.type_name(value), lambda: self.print_value(value, "v"))
        else:
            self.print_value(value, verb)

    def print_value(self, value: Value, verb: str, *, nested: bool = False) -> None:
        """Print a value that is not nil under any verb but T and p.

        Raises:
            failures.Failed: it would be an address.
        """
        self._budget.step()
        if isinstance(value, str):
            self._fmt_string(value, verb)
        elif isinstance(value, bool):
            self._fmt_bool(value, verb)
        elif isinstance(value, int):
            self._fmt_integer(value, verb, values.type_name(value), signed=not isinstance(value, values.Uint64))
        elif isinstance(value, float):
            self._fmt_float(value, verb)
        elif isinstance(value, values.NilPointer):
            self._fmt_nil_pointer(value, verb)
        elif isinstance(value, bytes):
            self._fmt_bytes(value, verb, "[]byte" if verb == "v" and not nested else "[]uint8")
        elif isinstance(value, values.Struct) and value.string is not None and self._uses_string_method(verb):
            self._fmt_string(value.string, verb)
        else:
            self._budget.enter()
            try:
                self._print_compound(value, verb, nested=nested)
            finally:
                self._budget.leave()

    def _uses_string_method(self, verb: str) -> bool:
        """Whether Go calls a value's String method under this verb."""
        return verb in "sxXq" or (verb == "v" and not self.flags.sharp_value)

    def _print_element(self, value: Value, verb: str) -> None:
        if value is None or value is values.MISSING:
            self.write(_NIL_INTERFACE if self.flags.sharp_value else _NIL)
        else:
            self.print_value(value, verb, nested=True)

    def _write_padded(self, text: str) -> None:
        self.reserve(self.flags.width or 0)
        self.write(formatter.pad(text, self.flags, zeros=self.flags.zero))

    def _bad_verb(self, verb: str, type_name: str, show: Callable[[], None]) -> None:
        self.write(f"%!{verb}({type_name}=")
        show()
        self.write(")")

    def _fmt_string(self, text: str, verb: str) -> None:
        self.reserve(self.flags.width or 0)
        if verb == "s" or (verb == "v" and not self.flags.sharp_value):
            self.write(formatter.fmt_s(str(text), self.flags))
        elif verb in "vq":
            self._budget.allocate(len(text))
            self._budget.step(len(text) // 10)
            self.write(formatter.fmt_q(text, self.flags))
        elif verb in "xX":
            self.reserve(formatter.sbx_size(text, self.flags))
            self.write(formatter.fmt_sbx(text, self.flags, upper=verb == "X"))
        else:
            self._bad_verb(verb, values.type_name(text), lambda: self._fmt_string(text, "v"))

    def _fmt_bool(self, value: bool, verb: str) -> None:
        if verb in "tv":
            self._write_padded("true" if value else "false")
        else:
            self._bad_verb(verb, "bool", lambda: self._fmt_bool(value, "v"))

    def _fmt_integer(self, value: int, verb: str, type_name: str, *, signed: bool) -> None:
        flags = self.flags
        self.reserve(flags.span)
        if verb == "v" and flags.sharp_value and not signed:
            self.write(formatter.fmt_integer(value, flags, 16, sharp=True))
        elif verb in _BASES:
            self.write(formatter.fmt_integer(value, flags, _BASES[verb], sharp=flags.sharp, letters=verb))
        elif verb == "c":
            self.write(formatter.fmt_c(value, flags))
        elif verb == "q":
            self.write(formatter.fmt_qc(value, flags))
        elif verb == "U":
            self.write(formatter.fmt_unicode(value, flags))
        else:
            self._bad_verb(verb, type_name, lambda: self._fmt_integer(value, "v", type_name, signed=signed))

    def _fmt_float(self, value: float, verb: str) -> None:
        if verb in _DEFAULT_PRECISION:
            self.reserve(self.flags.span)
            self.write(formatter.fmt_float(value, self.flags, _FLOAT_VERB.get(verb, verb), _DEFAULT_PRECISION[verb]))
        else:
            self._bad_verb(verb, "float64", lambda: self._fmt_float(value, "v"))

    def _fmt_nil_pointer(self, value: values.NilPointer, verb: str) -> None:
        if verb == "v" and self.flags.sharp_value:
            self.write(f"({value.type_name})(nil)")
        elif verb == "v":
            self._write_padded(_NIL)
        elif verb in "bodxX":
            self._fmt_integer(0, verb, "", signed=False)
        else:
            self._bad_verb(verb, value.type_name, lambda: self._fmt_nil_pointer(value, "v"))

    def _fmt_pointer(self, value: Value) -> None:
        if isinstance(value, values.NilPointer):
            self.write(formatter.fmt_integer(0, self.flags, 16, sharp=not self.flags.sharp))
        elif isinstance(value, list | dict | bytes | values.Channel) or _is_pointer(value):
            raise failures.Failed("%p is disabled: it would write an address in memory")
        else:
            self._bad_verb("p", values.type_name(value), lambda: self.print_value(value, "v"))

    def _fmt_bytes(self, value: bytes, verb: str, type_name: str) -> None:
        if verb in "sqxX":
            self._fmt_string(values.to_text(value), verb)
            return
        for each in self._bracketed(value, type_name, "[", "]"):
            self._budget.step()
            self._fmt_integer(each, verb, "uint8", signed=False)

    def _print_compound(self, value: Value, verb: str, *, nested: bool) -> None:
        name = values.type_name(value)
        if isinstance(value, list):
            for each in self._bracketed(value, name, "[", "]"):
                self._print_element(each, verb)
        elif isinstance(value, dict):
            for key in self._bracketed(ordering.sorted_keys(value, self._budget), name, "map[", "]"):
                self._print_element(key, verb)
                self.write(":")
                self._print_element(value[key], verb)
        elif isinstance(value, values.Struct):
            if _is_pointer(value):
                if nested:
                    raise failures.Failed(f"a pointer {name} within another value has no text")
                self.write("&")
            self._print_fields(value, verb)
        else:
            raise failures.Failed(f"a value of type {name} has no text")

    def _print_fields(self, value: values.Struct, verb: str) -> None:
        named = self.flags.plus_value or self.flags.sharp_value
        for name in self._bracketed(value.fields, value.type_name.removeprefix("*"), "{", "}"):
            if named:
                self.write(f"{name}:")
            self._print_element(value.fields[name], verb)

    def _bracketed(self, parts: Iterable[Value], type_name: str, opening: str, closing: str) -> Iterator[Value]:
        """Yield the parts of a value one by one, and print brackets and separators around them."""
        sharp = self.flags.sharp_value
        self.write(f"{type_name}{{" if sharp else opening)
        for position, part in enumerate(parts):
            if position:
                self.write(", " if sharp else " ")
            yield part
        self.write("}" if sharp else closing)


def _is_pointer(value: Value) -> bool:
    return isinstance(value, values.Struct) and value.type_name.startswith("*")
