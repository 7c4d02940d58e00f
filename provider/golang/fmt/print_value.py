"""How Go's fmt writes a value of any type under a verb, lists and maps within each other included.

Every piece of text is paid for from the budget before it is made. Three things are refused, that Go writes as an
address in memory: %p, channels, and pointers within other values.
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
    """Text in the making, with the flags of the directive at hand."""

    def __init__(self, budget: limits.Budget) -> None:
        self.flags = formatter.Flags()
        self._budget = budget
        self._pieces: list[str] = []
        self._size = 0

    def text(self) -> str:
        """All that was written."""
        return "".join(self._pieces)

    def put(self, piece: str) -> None:
        """Write it as it is.

        Raises:
            failures.Exceeded: the text grows too large.
        """
        size = values.size(piece)
        self.ask(size)
        self._size += size
        self._pieces.append(piece)
        if size >= 100:
            self._budget.step(size // 100)

    def ask(self, size: int) -> None:
        """Make sure that `size` bytes more may be made.

        Raises:
            failures.Exceeded: they may not.
        """
        if self._size + size > self._budget.limits.string:
            self._budget.make(self._size + size)

    def struct(self, value: values.Struct) -> None:
        """Write a struct by %v, or the one that a pointer points to.

        Raises:
            failures.Failed: it would be an address.
        """
        if value.shown is not None:
            self._string(value.shown, "v")
        else:
            self._struct(value, "v")

    def argument(self, value: Value, verb: str) -> None:
        """Write one argument under a verb; a verb that does not fit it is written as Go complains of it.

        Raises:
            failures.Failed: it would be an address.
        """
        if value is None or value is values.MISSING:
            if verb in "Tv":
                self._pad(_NIL)
            else:
                self.put(f"%!{verb}({_NIL})")
        elif verb == "T":
            self.ask(self.flags.width or 0)
            self.put(formatter.string(values.type_name(value), self.flags))
        elif verb == "p":
            self._address(value)
        elif verb == "w" and isinstance(value, list | dict | values.Struct):
            self._bad(verb, values.type_name(value), lambda: self.value(value, "v"))
        else:
            self.value(value, verb)

    def value(self, value: Value, verb: str, *, nested: bool = False) -> None:
        """Write a value that is not nil under any verb but T and p.

        Raises:
            failures.Failed: it would be an address.
        """
        self._budget.step()
        if isinstance(value, str):
            self._string(value, verb)
        elif isinstance(value, bool):
            self._boolean(value, verb)
        elif isinstance(value, int):
            self._integer(value, verb, values.type_name(value), signed=not isinstance(value, values.Uint64))
        elif isinstance(value, float):
            self._float(value, verb)
        elif isinstance(value, values.NilPointer):
            self._nil_pointer(value, verb)
        elif isinstance(value, bytes):
            self._bytes(value, verb, "[]byte" if verb == "v" and not nested else "[]uint8")
        elif isinstance(value, values.Struct) and value.shown is not None and self._shows(verb):
            self._string(value.shown, verb)
        else:
            self._budget.enter()
            try:
                self._compound(value, verb, nested=nested)
            finally:
                self._budget.leave()

    def _shows(self, verb: str) -> bool:
        """Whether Go asks a value for its text under this verb."""
        return verb in "sxXq" or (verb == "v" and not self.flags.sharp_value)

    def _element(self, value: Value, verb: str) -> None:
        if value is None or value is values.MISSING:
            self.put(_NIL_INTERFACE if self.flags.sharp_value else _NIL)
        else:
            self.value(value, verb, nested=True)

    def _pad(self, text: str) -> None:
        self.ask(self.flags.width or 0)
        self.put(formatter.pad(text, self.flags, zeros=self.flags.zero))

    def _bad(self, verb: str, type_name: str, show: Callable[[], None]) -> None:
        self.put(f"%!{verb}({type_name}=")
        show()
        self.put(")")

    def _string(self, text: str, verb: str) -> None:
        self.ask(self.flags.width or 0)
        if verb == "s" or (verb == "v" and not self.flags.sharp_value):
            self.put(formatter.string(str(text), self.flags))
        elif verb in "vq":
            self._budget.make(len(text))
            self._budget.step(len(text) // 10)
            self.put(formatter.quoted(text, self.flags))
        elif verb in "xX":
            self.ask(formatter.hexadecimal_size(text, self.flags))
            self.put(formatter.hexadecimal(text, self.flags, upper=verb == "X"))
        else:
            self._bad(verb, values.type_name(text), lambda: self._string(text, "v"))

    def _boolean(self, value: bool, verb: str) -> None:
        if verb in "tv":
            self._pad("true" if value else "false")
        else:
            self._bad(verb, "bool", lambda: self._boolean(value, "v"))

    def _integer(self, value: int, verb: str, type_name: str, *, signed: bool) -> None:
        flags = self.flags
        self.ask(flags.span)
        if verb == "v" and flags.sharp_value and not signed:
            self.put(formatter.integer(value, flags, 16, sharp=True))
        elif verb in _BASES:
            self.put(formatter.integer(value, flags, _BASES[verb], sharp=flags.sharp, letters=verb))
        elif verb == "c":
            self.put(formatter.character(value, flags))
        elif verb == "q":
            self.put(formatter.quoted_character(value, flags))
        elif verb == "U":
            self.put(formatter.code_point(value, flags))
        else:
            self._bad(verb, type_name, lambda: self._integer(value, "v", type_name, signed=signed))

    def _float(self, value: float, verb: str) -> None:
        if verb in _DEFAULT_PRECISION:
            self.ask(self.flags.span)
            self.put(formatter.real(value, self.flags, _FLOAT_VERB.get(verb, verb), _DEFAULT_PRECISION[verb]))
        else:
            self._bad(verb, "float64", lambda: self._float(value, "v"))

    def _nil_pointer(self, value: values.NilPointer, verb: str) -> None:
        if verb == "v" and self.flags.sharp_value:
            self.put(f"({value.type_name})(nil)")
        elif verb == "v":
            self._pad(_NIL)
        elif verb in "bodxX":
            self._integer(0, verb, "", signed=False)
        else:
            self._bad(verb, value.type_name, lambda: self._nil_pointer(value, "v"))

    def _address(self, value: Value) -> None:
        if isinstance(value, values.NilPointer):
            self.put(formatter.integer(0, self.flags, 16, sharp=not self.flags.sharp))
        elif isinstance(value, list | dict | bytes | values.Counter) or _is_pointer(value):
            raise failures.Failed("%p is disabled: it would write an address in memory")
        else:
            self._bad("p", values.type_name(value), lambda: self.value(value, "v"))

    def _bytes(self, value: bytes, verb: str, type_name: str) -> None:
        if verb in "sqxX":
            self._string(values.text(value), verb)
            return
        for each in self._within(value, type_name, "[", "]"):
            self._budget.step()
            self._integer(each, verb, "uint8", signed=False)

    def _compound(self, value: Value, verb: str, *, nested: bool) -> None:
        name = values.type_name(value)
        if isinstance(value, list):
            for each in self._within(value, name, "[", "]"):
                self._element(each, verb)
        elif isinstance(value, dict):
            for key in self._within(ordering.sorted_keys(value, self._budget), name, "map[", "]"):
                self._element(key, verb)
                self.put(":")
                self._element(value[key], verb)
        elif isinstance(value, values.Struct):
            if _is_pointer(value):
                if nested:
                    raise failures.Failed(f"a pointer {name} within another value has no text")
                self.put("&")
            self._struct(value, verb)
        else:
            raise failures.Failed(f"a value of type {name} has no text")

    def _struct(self, value: values.Struct, verb: str) -> None:
        named = self.flags.plus_value or self.flags.sharp_value
        for name in self._within(value.fields, value.type_name.removeprefix("*"), "{", "}"):
            if named:
                self.put(f"{name}:")
            self._element(value.fields[name], verb)

    def _within(self, parts: Iterable[Value], type_name: str, opening: str, closing: str) -> Iterator[Value]:
        """The parts of a value, one after the other, with brackets and separators written around them."""
        sharp = self.flags.sharp_value
        self.put(f"{type_name}{{" if sharp else opening)
        for position, part in enumerate(parts):
            if position:
                self.put(", " if sharp else " ")
            yield part
        self.put("}" if sharp else closing)


def _is_pointer(value: Value) -> bool:
    return isinstance(value, values.Struct) and value.type_name.startswith("*")
