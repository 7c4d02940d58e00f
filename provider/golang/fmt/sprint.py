"""Emulates Go's Sprint, Sprintln and Sprintf.

One value is printed by `print_value`, one number or string is formatted by `formatter`.
"""

from collections.abc import Sequence
from typing import Final

from provider.golang import limits, values
from provider.golang.fmt import formatter, print_value

Value = values.Value

_LARGEST: Final = 1_000_000  # Go's bound of widths and precisions


def sprint(args: Sequence[Value], budget: limits.Budget) -> str:
    """Print as fmt.Sprint does: with a space between two operands of which neither is a string.

    Raises:
        failures.Failed: a value has no text that stays the same, like a channel.
        failures.Exceeded: it is too large or nested too deeply.
    """
    printer = print_value.Printer(budget)
    after_string = True
    for value in args:
        is_string = isinstance(value, str)
        if not (is_string or after_string):
            printer.write(" ")
        printer.print_arg(value, "v")
        after_string = is_string
    return printer.text()


def sprintln(args: Sequence[Value], budget: limits.Budget) -> str:
    """Print as fmt.Sprintln does: with a space between all operands, and a line feed at the end.

    Raises:
        failures.Failed, failures.Exceeded: as `sprint`.
    """
    printer = print_value.Printer(budget)
    for position, value in enumerate(args):
        if position:
            printer.write(" ")
        printer.print_arg(value, "v")
    printer.write("\n")
    return printer.text()


def sprintf(template: str, args: Sequence[Value], budget: limits.Budget) -> str:
    """Format as fmt.Sprintf does. Mistakes of the format are reported within the text, as in Go.

    Raises:
        failures.Failed, failures.Exceeded: as `sprint`.
    """
    return _Formatting(template, args, budget).text()


class _Formatting:
    """Follows one format: the place in it, the next argument, and what is wrong with the current directive."""

    def __init__(self, template: str, args: Sequence[Value], budget: limits.Budget) -> None:
        budget.step(values.size(template) // 100)
        self._source = values.runes(template)
        self._last_bracket = self._source.rfind("]")  # or a format of many "[" would be searched again and again
        self._args = args
        self._budget = budget
        self._printer = print_value.Printer(budget)
        self._at = 0
        self._next = 0
        self._reordered = False
        self._good_index = True

    def text(self) -> str:
        complete = True
        while complete and self._at < len(self._source):
            start = self._at
            self._at = self._source.find("%", start)
            if self._at < 0:
                self._at = len(self._source)
            self._printer.write(self._source[start : self._at])
            if self._at < len(self._source):
                self._at += 1
                self._budget.step()
                complete = self._directive()
        if not self._reordered and self._next < len(self._args):
            self._extra()
        return self._printer.text()

    def _peek(self) -> str:
        return self._source[self._at : self._at + 1]

    def _directive(self) -> bool:
        """Follow one directive; False if the format ends within it."""
        self._good_index = True
        self._printer.flags = flags = self._flags()
        indexed = self._width(flags, indexed=self._index())
        indexed = self._precision(flags, indexed=indexed)
        if not indexed:
            self._index()
        if self._at >= len(self._source):
            self._printer.write("%!(NOVERB)")
            return False
        verb = self._peek()
        self._at += 1
        if "\udc80" <= verb <= "\udcff":
            verb = "\ufffd"
        self._follow(verb, flags)
        return True

    def _follow(self, verb: str, flags: formatter.Flags) -> None:
        if verb == "%":
            self._printer.write("%")
        elif not self._good_index:
            self._printer.write(f"%!{verb}(BADINDEX)")
        elif self._next >= len(self._args):
            self._printer.write(f"%!{verb}(MISSING)")
        else:
            if verb in "vw":
                flags.sharp_value, flags.sharp = flags.sharp, False
                flags.plus_value, flags.plus = flags.plus, False
            self._printer.print_arg(self._args[self._next], verb)
            self._next += 1

    def _flags(self) -> formatter.Flags:
        start = self._at
        while self._at < len(self._source) and self._source[self._at] in "#0+- ":
            self._at += 1
        given = set(self._source[start : self._at])
        return formatter.Flags("-" in given, "+" in given, "#" in given, " " in given, "0" in given)

    def _index(self) -> bool:
        """Take `[n]`, if it comes next, as the next argument; whether it did."""
        if self._peek() != "[":
            return False
        self._reordered = True
        closing = self._source.find("]", self._at) if self._at < self._last_bracket else -1
        if closing < 0:
            self._at += 1
            self._good_index = False
            return False
        number, end = self._number(self._at + 1, closing)
        self._at = closing + 1
        if number is None or end != closing:
            self._good_index = False
            return False
        if 1 <= number <= len(self._args):
            self._next = number - 1
        else:
            self._good_index = False
        return True

    def _width(self, flags: formatter.Flags, *, indexed: bool) -> bool:
        if self._peek() != "*":
            flags.width, self._at = self._number(self._at, len(self._source))
            if indexed and flags.width is not None:
                self._good_index = False
            return indexed
        self._at += 1
        flags.width = self._star()
        if flags.width is None:
            self._printer.write("%!(BADWIDTH)")
        elif flags.width < 0:
            flags.width, flags.minus, flags.zero = -flags.width, True, False
        return False

    def _precision(self, flags: formatter.Flags, *, indexed: bool) -> bool:
        # A point at the very end is the verb.
        if self._peek() != "." or self._at + 1 >= len(self._source):
            return indexed
        self._at += 1
        if indexed:
            self._good_index = False
        indexed = self._index()
        if self._peek() != "*":
            number, self._at = self._number(self._at, len(self._source))
            flags.precision = number or 0
            return indexed
        self._at += 1
        number = self._star()
        flags.precision = number if number is not None and number >= 0 else None
        if flags.precision is None:
            self._printer.write("%!(BADPREC)")
        return False

    def _star(self) -> int | None:
        """Return the next argument as a width or precision; None if it is not an integer or too large."""
        if self._next >= len(self._args):
            return None
        value = self._args[self._next]
        self._next += 1
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
            return int(value)
        return None

    def _number(self, start: int, end: int) -> tuple[int | None, int]:
        """Read the digits from `start` on; return the number and the place after it, `end` for one too large."""
        number, at = None, start
        while at < end and "0" <= self._source[at] <= "9":
            if number is not None and number > _LARGEST:
                return None, end
            number = (number or 0) * 10 + int(self._source[at])
            at += 1
        return number, at

    def _extra(self) -> None:
        self._printer.flags = formatter.Flags()
        self._printer.write("%!(EXTRA ")
        for position, value in enumerate(self._args[self._next :]):
            if position:
                self._printer.write(", ")
            if value is not None and value is not values.MISSING:
                self._printer.write(f"{values.type_name(value)}=")
            self._printer.print_arg(value, "v")
        self._printer.write(")")
