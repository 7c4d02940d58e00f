"""Go's fmt on a template's values; the expected texts are what Go 1.26 prints."""

import math
from typing import Any

import pytest

from provider.golang import failures, gojson, limits, values
from provider.golang.fmt import sprint
from provider.gotemplate.execute import print_action
from tests.doubles import template_state

NIL = values.NilPointer("*main.S")


def struct(type_name: str) -> values.Struct:
    return values.Struct(type_name, {"A": 1, "B": NIL, "C": "x"})


def budget(**most: int) -> limits.Budget:
    return template_state.build(limits.Limits(**most)).budget


KINDS: list[tuple[str, list[Any], str]] = [
    ("%v %+v %#v %T", [1] * 4, "1 1 1 int"),
    ("%v %s %q %T", [None] * 4, "<nil> %!s(<nil>) %!q(<nil>) <nil>"),
    ("%v %#v %d %T", ["a", 'a"b', "x", "x"], 'a "a\\"b" %!d(string=x) string'),
    ("%v %#v %q %d %5s|", [gojson.Number("5432")] * 5, '5432 "5432" "5432" %!d(json.Number=5432)  5432|'),
    (
        "%T %T %T %T %T %T",
        [values.Int64(1), values.Uint64(1), 1.5, True, b"", values.IntList([])],
        "int64 uint64 float64 bool []uint8 []int",
    ),
    ("%v %t %d %s", [True, False, True, True], "true false %!d(bool=true) %!s(bool=true)"),
    ("%v %#v %x", [values.Uint64(255)] * 3, "255 0xff ff"),
]

NUMBERS: list[tuple[str, list[Any], str]] = [
    ("%5d|%-5d|%05d|%+d|% d|%+05d|%-05d|", [42] * 7, "   42|42   |00042|+42| 42|+0042|42   |"),
    ("%.3d|%6.3d|%06.3d|%.0d|%5.0d|", [7, 7, 7, 0, 0], "007|   007|   007||     |"),
    ("%b %o %O %x %X %#b %#o %#x %#X %#O", [10] * 10, "1010 12 0o12 a A 0b1010 012 0xa 0XA 0o012"),
    ("%x %X %b %o", [-255] * 4, "-ff -FF -11111111 -377"),
    ("%c %q %U %#U %+q", [9731] * 5, "☃ '☃' U+2603 U+2603 '☃' '\\u2603'"),
    ("%c %q %U", [-1, 55296, -1], "� '�' U+FFFFFFFFFFFFFFFF"),
    (
        "%08.3f|%+.2e|%-8.1f|% g|%F|",
        [3.14159, 3.14159, 3.14159, 2.5, 1.5],
        "0003.142|+3.14e+00|3.1     | 2.5|1.500000|",
    ),
    (
        "%g %G %e %v %v %v",
        [1e21, 1e-07, 1000000.0, 1000000.0, 123456789.0, 1e20],
        "1e+21 1E-07 1.000000e+06 1e+06 1.23456789e+08 1e+20",
    ),
    (
        "%#g %#.3g %#v %#x %x %b %.3x",
        [1.0, 100.0, 1.0, 1.0, 1.5, 1.0, 3.14159],
        "1.00000 100. 1 0x1.0000p+00 0x1.8p+00 4503599627370496p-52 0x1.922p+01",
    ),
    ("%v %+v %5.1f %05f % f", [math.inf, -math.inf, math.nan, math.inf, math.inf], "+Inf -Inf   NaN  +Inf  Inf"),
    ("%d %s", [3.5, 3.5], "%!d(float64=3.5) %!s(float64=3.5)"),
    ("%.0f %.0f %.0f %.3g %.10g", [0.5, 1.5, 2.5, 1234.5678, 100000.0], "0 2 2 1.23e+03 100000"),
]

STRINGS: list[tuple[str, list[Any], str]] = [
    ("%10s|%-10s|%010s|%.2s|%5.1s|", ["héé"] * 5, "       héé|héé       |0000000héé|hé|    h|"),
    ("%x %X % x %#x %# X %.2x", ["hi!"] * 6, "686921 686921 68 69 21 0x686921 0X68 0X69 0X21 6869"),
    ("%q %+q %#q %#q", ["é\n", "é\n", "é", "a`b"], '"é\\n" "\\u00e9\\n" `é` "a`b"'),
    ("%q %x %s %.1s|", ["\udcff\udc80a"] * 4, '"\\xff\\x80a" ff8061 \udcff\udc80a \udcff|'),
]

BROKEN: list[tuple[str, list[Any], str]] = [
    ("%d", ["x"], "%!d(string=x)"),
    ("%5d|%z|%!", ["x", 1, 1], "%!d(string=    x)|%!z(int=1)|%!!(int=1)"),
    ("%s %s", ["a"], "a %!s(MISSING)"),
    ("%d", [1, 2, "x", None], "1%!(EXTRA int=2, string=x, <nil>)"),
    ("abc%", [], "abc%!(NOVERB)"),
    ("100%% %", [1], "100% %!(NOVERB)%!(EXTRA int=1)"),
    ("%*d|%-*d|%*d|%*d", [5, 1, 5, 2, -5, 3, "x", 4], "    1|2    |3    |%!(BADWIDTH)4"),
    ("%.*f|%.*f|%*.*f", [2, 1.5, -1, 1.5, 8, 3, 1.5], "1.50|%!(BADPREC)1.500000|   1.500"),
    ("%*d", [10000001, 7], "%!(BADWIDTH)7"),
    ("%.*d", ["a", 7], "%!(BADPREC)7"),
    ("%[2]d %[1]d", [1, 2], "2 1"),
    ("%[3]*.[2]*[1]f", [12.0, 2, 6], " 12.00"),
    ("%[2]d %d", [1, 2], "2 %!d(MISSING)"),
    ("%[5]d %[x]d %[0]d %[d", [1, 2], "%!d(BADINDEX) %!d(BADINDEX) %!d(BADINDEX) %!d(BADINDEX)"),
    ("%[1]2d %[1].2d", [1], "%!d(BADINDEX) %!d(BADINDEX)"),
    ("%100000000d", [1], "%!(NOVERB)%!(EXTRA int=1)"),
    ("%.100000000f", [1.5], "%!(NOVERB)%!(EXTRA float64=1.5)"),
    ("%é", [1], "%!é(int=1)"),
    ("%\udcff", [1], "%!�(int=1)"),
    ("%w %w", [1, [1]], "%!w(int=1) %!w([]interface {}=[1])"),
    ("%-.", [1], "%!.(int=1)"),
    ("%.d|%.", [0, 1], "|%!.(int=1)"),
]

COMPOUND: list[tuple[str, list[Any], str]] = [
    (
        "%v %d %s %q",
        [[1, "a", None]] * 4,
        "[1 a <nil>] [1 %!d(string=a) <nil>] [%!s(int=1) a <nil>] ['\\x01' \"a\" <nil>]",
    ),
    (
        "%v %+v %#v",
        [{"b": 1, "a": [None, {}]}] * 3,
        (
            "map[a:[<nil> map[]] b:1] map[a:[<nil> map[]] b:1] "
            'map[string]interface {}{"a":[]interface {}{interface {}(nil), map[string]interface {}{}}, "b":1}'
        ),
    ),
    (
        "%v %#v",
        [values.StringMap({"b": "x", "a": "y"}), values.StringMap({"b": "x", "a": "y"})],
        'map[a:y b:x] map[string]string{"a":"y", "b":"x"}',
    ),
    (
        "%v %#v",
        [values.IntMap({10: "x", 9: "y"}), values.IntMap({10: "x", 9: "y"})],
        'map[9:y 10:x] map[int]string{9:"y", 10:"x"}',
    ),
    ("%v %#v", [values.StringList(["a b", ""]), values.StringList(["a b", ""])], '[a b ] []string{"a b", ""}'),
    ("%v %#v %03d", [values.IntList([1, 20])] * 3, "[1 20] []int{1, 20} [001 020]"),
    (
        "%v %#v",
        [values.AnyMap({"a": 1, None: 2, "B": 3}), values.AnyMap({"a": 1, None: 2, "B": 3})],
        'map[<nil>:2 B:3 a:1] map[interface {}]interface {}{interface {}(nil):2, "B":3, "a":1}',
    ),
    (
        "%v %s %x %q %d %#v %t",
        [b"hi"] * 7,
        '[104 105] hi 6869 "hi" [104 105] []byte{0x68, 0x69} [%!t(uint8=104) %!t(uint8=105)]',
    ),
    ("%v %#v %x", [[b"hi"]] * 3, "[[104 105]] []interface {}{[]uint8{0x68, 0x69}} [6869]"),
    (
        "%v %+v %#v %d",
        [struct("main.S")] * 4,
        '{1 <nil> x} {A:1 B:<nil> C:x} main.S{A:1, B:(*main.S)(nil), C:"x"} {1 0 %!d(string=x)}',
    ),
    ("%v %+v %#v", [struct("*main.S")] * 3, '&{1 <nil> x} &{A:1 B:<nil> C:x} &main.S{A:1, B:(*main.S)(nil), C:"x"}'),
    ("%v %+v %#v %s %d %p %T", [NIL] * 7, "<nil> <nil> (*main.S)(nil) %!s(*main.S=<nil>) 0 0x0 *main.S"),
    ("%6.2f|%-4v|", [[1.5, 2.25], ["a", 1]], "[  1.50   2.25]|[a    1   ]|"),
    ("%p", [1], "%!p(int=1)"),
]


@pytest.mark.parametrize(("template", "args", "text"), KINDS)
def test_every_kind_has_its_text_and_type(template: str, args: list[Any], text: str) -> None:
    """Each kind of value is written as Go writes it, a json.Number as a string of another type."""
    assert sprint.sprintf(template, args, budget()) == text


@pytest.mark.parametrize(("template", "args", "text"), NUMBERS)
def test_numbers_follow_flags_width_and_precision(template: str, args: list[Any], text: str) -> None:
    """Bases, signs, zeros and exponents are those of Go."""
    assert sprint.sprintf(template, args, budget()) == text


@pytest.mark.parametrize(("template", "args", "text"), STRINGS)
def test_strings_are_cut_by_runes_and_hexed_by_bytes(template: str, args: list[Any], text: str) -> None:
    """Bytes that are no UTF-8 count as one rune each and come out unchanged."""
    assert sprint.sprintf(template, args, budget()) == text


@pytest.mark.parametrize(("template", "args", "text"), BROKEN)
def test_what_is_wrong_with_a_format_is_said_in_the_text(template: str, args: list[Any], text: str) -> None:
    """Bad verbs, indexes, widths, and too few or many arguments are no errors, as in Go."""
    assert sprint.sprintf(template, args, budget()) == text


@pytest.mark.parametrize(("template", "args", "text"), COMPOUND)
def test_lists_maps_and_structs_apply_the_verb_to_what_they_hold(template: str, args: list[Any], text: str) -> None:
    """Keys are sorted, nil within is <nil> under any verb."""
    assert sprint.sprintf(template, args, budget()) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("%v", "1.2.0"),
        ("%+v", "1.2.0"),
        ("%s", "1.2.0"),
        ("%q", '"1.2.0"'),
        ("%7s|", "  1.2.0|"),
        ("%T", "semver.Version"),
    ],
)
def test_a_struct_with_a_text_is_printed_as_it(template: str, text: str) -> None:
    """What has a String method in Go, like a version, is written by it, within a list too."""
    version = values.Struct("semver.Version", {}, string="1.2.0")
    assert sprint.sprintf(template, [version], budget()) == text
    assert print_action.print_action(version, budget()) == "1.2.0"
    assert print_action.print_action([version], budget()) == "[1.2.0]"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "<no value>"),
        (values.MISSING, "<no value>"),
        ("a\udcff", "a\udcff"),
        (gojson.Number("1.10"), "1.10"),
        (True, "true"),
        (5, "5"),
        (values.Int64(-5), "-5"),
        (1e6, "1e+06"),
        (b"hi", "[104 105]"),
        ([None, "a b", {"k": []}], "[<nil> a b map[k:[]]]"),
        (struct("main.S"), "{1 <nil> x}"),
        (struct("*main.S"), "{1 <nil> x}"),
        (NIL, "<nil>"),
    ],
)
def test_an_action_prints_nil_as_no_value_and_a_pointer_as_what_it_points_to(value: object, text: str) -> None:
    """This is where actions differ from print."""
    assert print_action.print_action(value, budget()) == text


def test_a_shown_number_is_a_plain_string() -> None:
    """The type json.Number does not leak into what text is made of."""
    assert type(print_action.print_action(gojson.Number("5"), budget())) is str


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ([], ""),
        ([1, 2, "a", "b", 3], "1 2ab3"),
        (["a", 1, 2, "b"], "a1 2b"),
        ([1, "a", True, False], "1atrue false"),
        ([None, None], "<nil> <nil>"),
        ([[1], values.MISSING], "[1] <nil>"),
        ([gojson.Number("1"), 2, 3], "12 3"),
        ([struct("*main.S")], "&{1 <nil> x}"),
    ],
)
def test_sprint_puts_spaces_where_neither_neighbour_is_a_string(args: list[Any], text: str) -> None:
    """A json.Number counts as a string."""
    assert sprint.sprint(args, budget()) == text


def test_sprintln_puts_spaces_everywhere() -> None:
    """And a line feed at the end, even of nothing."""
    assert sprint.sprintln(["a", 1, None], budget()) == "a 1 <nil>\n"
    assert sprint.sprintln([], budget()) == "\n"


@pytest.mark.parametrize("value", [[1], {"a": 1}, b"a", struct("*main.S"), values.Channel(0, 3)])
def test_addresses_are_refused(value: object) -> None:
    """%p of what has an address would differ at every rendering."""
    with pytest.raises(failures.Failed, match="%p is disabled"):
        sprint.sprintf("%p", [value], budget())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (values.Channel(0, 3), "type <-chan int64 has no text"),
        ([struct("*main.S")], r"pointer \*main.S within another value has no text"),
    ],
)
def test_values_that_go_shows_as_an_address_are_refused(value: object, message: str) -> None:
    """A channel, and a pointer that is not the whole argument, have no text to keep."""
    with pytest.raises(failures.Failed, match=message):
        print_action.print_action(value, budget())


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


def doubled(levels: int) -> list[Any]:
    value: list[Any] = [1]
    for _ in range(levels):
        value = [value, value]
    return value


def endless() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["itself"] = value
    return value


def test_nesting_up_to_the_limit_is_written() -> None:
    """A hundred levels are what the limits allow by default."""
    assert print_action.print_action(nested(100), budget()) == "[" * 100 + "]" * 100


@pytest.mark.parametrize("value", [nested(101), nested(5000), endless()])
def test_nesting_beyond_the_limit_ends_the_rendering(value: object) -> None:
    """A value within itself ends in our error, not the interpreter's."""
    with pytest.raises(failures.Exceeded, match="nested deeper than 100"):
        print_action.print_action(value, budget())


@pytest.mark.parametrize(
    ("template", "args"),
    [
        ("%1000000d%1000000d", [1, 2]),
        ("%1000000s%-1000000s", ["a", "b"]),
        ("%.1000000f%.1000000e", [1.5, 1.5]),
        ("%.1000000d%.1000000U", [1, 1]),
        ("%900000d", [[1] * 1000]),
        ("%*v", [1_000_000, [True, None, NIL, True]]),
        ("%# x", ["a" * 300_000]),
        ("%q", ["\0" * 300_000]),
        ("%v", [b"a" * 400_000]),
        ("%s" * 3, ["a" * 400_000] * 3),
    ],
)
def test_text_larger_than_the_limit_is_refused(template: str, args: list[Any]) -> None:
    """Widths, precisions, encodings and shared values cannot make more than one string may hold."""
    with pytest.raises(failures.Exceeded, match=r"larger than 1\.0 MiB"):
        sprint.sprintf(template, args, budget())


def test_a_value_shared_by_many_is_paid_for_each_time() -> None:
    """Sixty lists, each twice in the next, would be a text of 2**60 elements."""
    with pytest.raises(failures.Exceeded, match=r"larger than 19\.5 KiB"):
        print_action.print_action(doubled(60), budget(string=20_000))


@pytest.mark.parametrize(
    ("template", "args"),
    [("%v", [[1] * 2000]), ("%v", [b"a" * 2000]), ("%d" * 2000, []), ("%v", [{str(i): i for i in range(2000)}])],
)
def test_elements_and_directives_are_paid_for(template: str, args: list[Any]) -> None:
    """Each costs a step."""
    with pytest.raises(failures.Exceeded, match="more than 1000 steps"):
        sprint.sprintf(template, args, budget(steps=1000))


def test_keys_of_several_types_have_one_order() -> None:
    """Go's depends on how a program was linked; here they are grouped by type, nil first."""
    keys = values.AnyMap(dict.fromkeys([1.5, 10, "é", "B", 9, None]))
    assert sprint.sprint([keys], budget()) == "map[<nil>:<nil> B:<nil> é:<nil> 9:<nil> 10:<nil> 1.5:<nil>]"
