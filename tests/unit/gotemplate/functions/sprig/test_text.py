"""sprig's functions on the look of text: expected values are what sprig v3.3 gave."""

from typing import Any

import pytest

from provider.golang import failures
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("camelcase", ("",), ""),
    ("camelcase", ("FirstName",), "FirstName"),
    ("camelcase", ("HTTPServer",), "Httpserver"),
    ("camelcase", ("NoHTTPS",), "NoHTTPS"),
    ("camelcase", ("GO_PATH",), "GoPath"),
    ("camelcase", ("GO PATH",), "GoPath"),
    ("camelcase", ("http2xx",), "Http2xx"),
    ("camelcase", ("HTTP20xOK",), "Http20xOK"),
    ("camelcase", ("Duration2m3s",), "Duration2m3s"),
    ("camelcase", ("Bld4Floor3rd",), "Bld4Floor3rd"),
    ("camelcase", ("_complex__case_",), "_Complex_Case_"),
    ("camelcase", ("some words",), "SomeWords"),
    ("camelcase", ("a.B_c",), "A.BC"),
    ("camelcase", ("\u65e5\u672cGo",), "\u65e5\u672cGo"),
    ("camelcase", ("A\udcffB",), "A\ufffdB"),
    ("camelcase", ("ÉcoleÀ",), "ÉcoleÀ"),
    ("camelcase", ("-",), "--"),
    ("camelcase", ("1a2B",), "1a2B"),
    ("snakecase", ("",), ""),
    ("snakecase", ("FirstName",), "first_name"),
    ("snakecase", ("HTTPServer",), "http_server"),
    ("snakecase", ("NoHTTPS",), "no_https"),
    ("snakecase", ("GO_PATH",), "go_path"),
    ("snakecase", ("GO PATH",), "go_path"),
    ("snakecase", ("http2xx",), "http_2xx"),
    ("snakecase", ("HTTP20xOK",), "http_20x_ok"),
    ("snakecase", ("Duration2m3s",), "duration_2m3s"),
    ("snakecase", ("Bld4Floor3rd",), "bld4_floor_3rd"),
    ("snakecase", ("_complex__case_",), "_complex__case_"),
    ("snakecase", ("some words",), "some_words"),
    ("snakecase", ("a.B_c",), "a.b_c"),
    ("snakecase", ("\u65e5\u672cGo",), "\u65e5\u672c_go"),
    ("snakecase", ("A\udcffB",), "a\ufffdb"),
    ("snakecase", ("ÉcoleÀ",), "école_à"),
    ("snakecase", ("-",), "_"),
    ("snakecase", ("1a2B",), "1a2_b"),
    ("kebabcase", ("",), ""),
    ("kebabcase", ("FirstName",), "first-name"),
    ("kebabcase", ("HTTPServer",), "http-server"),
    ("kebabcase", ("NoHTTPS",), "no-https"),
    ("kebabcase", ("GO_PATH",), "go-path"),
    ("kebabcase", ("GO PATH",), "go-path"),
    ("kebabcase", ("http2xx",), "http-2xx"),
    ("kebabcase", ("HTTP20xOK",), "http-20x-ok"),
    ("kebabcase", ("Duration2m3s",), "duration-2m3s"),
    ("kebabcase", ("Bld4Floor3rd",), "bld4-floor-3rd"),
    ("kebabcase", ("_complex__case_",), "-complex--case-"),
    ("kebabcase", ("some words",), "some-words"),
    ("kebabcase", ("a.B_c",), "a.b-c"),
    ("kebabcase", ("\u65e5\u672cGo",), "\u65e5\u672c-go"),
    ("kebabcase", ("A\udcffB",), "a\ufffdb"),
    ("kebabcase", ("ÉcoleÀ",), "école-à"),
    ("kebabcase", ("-",), "-"),
    ("kebabcase", ("1a2B",), "1a2-b"),
    ("untitle", ("Ab Cd",), "ab cd"),
    ("untitle", ("\xc9a\u2028Bc\udcff",), "\xe9a\u2028bc\ufffd"),
    ("swapcase", ("Ab cD ǅ ß",), "aB Cd ǆ ß"),
    ("swapcase", ("",), ""),
    ("nospace", ("a b\tc",), "abc"),
    ("nospace", ("é x",), "Ã©x"),
    ("nospace", ("é",), "é"),
    ("initials", ("First Try",), "FT"),
    ("initials", ("é x",), "Ãx"),
    ("initials", ("",), ""),
    ("abbrev", (0, "hello world, hello"), "hello world, hello"),
    ("abbrev", (3, "hello world, hello"), "hello world, hello"),
    ("abbrev", (4, "hello world, hello"), "h..."),
    ("abbrev", (5, "hello world, hello"), "he..."),
    ("abbrev", (10, "hello world, hello"), "hello w..."),
    ("abbrev", (18, "hello world, hello"), "hello world, hello"),
    ("abbrev", (99, "hello world, hello"), "hello world, hello"),
    ("abbrevboth", (0, 10, "now is the time for all good men"), "now is ..."),
    ("abbrevboth", (5, 10, "now is the time for all good men"), "...s th..."),
    ("abbrevboth", (15, 12, "now is the time for all good men"), "... for a..."),
    ("abbrevboth", (25, 12, "now is the time for all good men"), "... good men"),
    ("abbrevboth", (99, 9, "now is the time for all good men"), "...od men"),
    ("abbrevboth", (5, 6, "now is the time for all good men"), "now is the time for all good men"),
    ("abbrevboth", (-3, 8, "now is the time for all good men"), "now i..."),
    ("abbrevboth", (0, 3, "now is the time for all good men"), "now is the time for all good men"),
    (
        "wrap",
        (-1, "Hello World, how are you averyveryverylongwordindeed   today"),
        "Hello\nWorld,\nhow\nare\nyou\naveryveryverylongwordindeed\ntoday",
    ),
    (
        "wrap",
        (1, "Hello World, how are you averyveryverylongwordindeed   today"),
        "Hello\nWorld,\nhow\nare\nyou\naveryveryverylongwordindeed\ntoday",
    ),
    (
        "wrap",
        (5, "Hello World, how are you averyveryverylongwordindeed   today"),
        "Hello\nWorld,\nhow\nare\nyou\naveryveryverylongwordindeed\ntoday",
    ),
    (
        "wrap",
        (12, "Hello World, how are you averyveryverylongwordindeed   today"),
        "Hello World,\nhow are you\naveryveryverylongwordindeed\n  today",
    ),
    (
        "wrap",
        (99, "Hello World, how are you averyveryverylongwordindeed   today"),
        "Hello World, how are you averyveryverylongwordindeed   today",
    ),
    (
        "wrapWith",
        (5, ";", "Hello World, how are you averyveryverylongwordindeed   today"),
        "Hello;World;, how;are;you;avery;veryv;erylo;ngwor;dinde;ed  ;today",
    ),
    (
        "wrapWith",
        (1, "", "Hello World, how are you averyveryverylongwordindeed   today"),
        "H\ne\nl\nl\no\nW\no\nr\nl\nd\n,\nh\no\nw\na\nr\ne\ny\no\nu\na\nv\ne\nr\ny\nv\ne\nr\ny\nv\ne\nr\ny\nl\no\nn\ng\nw\no\nr\nd\ni\nn\nd\ne\ne\nd\nt\no\nd\na\ny",
    ),
    (
        "wrapWith",
        (12, "<br>", "Hello World, how are you averyveryverylongwordindeed   today"),
        "Hello World,<br>how are you<br>averyveryver<br>ylongwordind<br>eed   today",
    ),
    (
        "wrapWith",
        (99, "|", "Hello World, how are you averyveryverylongwordindeed   today"),
        "Hello World, how are you averyveryverylongwordindeed   today",
    ),
    (
        "wrapWith",
        (7, "é", "Hello World, how are you averyveryverylongwordindeed   today"),
        "HelloéWorld,éhow areéyouéaveryveéryveryléongwordéindeed é today",
    ),
    ("wrap", (5, ""), ""),
    ("wrap", (2, "é é é"), "\xe9\n\xe9\n\xe9"),
    ("wrapWith", (1, "|", "é"), "\udcc3|\udca9"),
]


@pytest.mark.parametrize(("name", "args", "expected"), CASES)
def test_gives_what_sprig_gives(name: str, args: tuple[Any, ...], expected: Any) -> None:
    """The result is sprig's, type and all."""
    assert calls.typed(calls.call(name, *args)) == calls.typed(expected)


HOSTILE: list[tuple[str, tuple[Any, ...]]] = [
    ("wrapWith", (1, "s" * 1000, "x" * 10_000)),
    ("snakecase", ("aB" * 600_000,)),
]


@pytest.mark.parametrize(("name", "args"), HOSTILE)
def test_pays_before_it_makes_anything(name: str, args: tuple[Any, ...]) -> None:
    """What would be larger than a string or list may be ends at once."""
    with pytest.raises(failures.Exceeded):
        calls.call(name, *args)
