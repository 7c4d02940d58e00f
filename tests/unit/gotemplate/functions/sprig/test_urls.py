"""sprig's URLs: expected values are what sprig v3.3 gave."""

from typing import Any

import pytest

from provider.golang import failures, gojson
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    (
        "urlParse",
        ("http://user:p%40ss@host:8080/a%2Fb%20c?q=1&r#fr%41g",),
        {
            "fragment": "frAg",
            "host": "host:8080",
            "hostname": "host",
            "opaque": "",
            "path": "/a/b c",
            "query": "q=1&r",
            "scheme": "http",
            "userinfo": "user:p%40ss",
        },
    ),
    (
        "urlParse",
        ("",),
        {
            "fragment": "",
            "host": "",
            "hostname": "",
            "opaque": "",
            "path": "",
            "query": "",
            "scheme": "",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("*",),
        {
            "fragment": "",
            "host": "",
            "hostname": "",
            "opaque": "",
            "path": "*",
            "query": "",
            "scheme": "",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("mailto:a@b",),
        {
            "fragment": "",
            "host": "",
            "hostname": "",
            "opaque": "a@b",
            "path": "",
            "query": "",
            "scheme": "mailto",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("postgres://h:80,h2:90/db",),
        {
            "fragment": "",
            "host": "h:80,h2:90",
            "hostname": "h:80,h2",
            "opaque": "",
            "path": "/db",
            "query": "",
            "scheme": "postgres",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("http://[::1]:80/x",),
        {
            "fragment": "",
            "host": "[::1]:80",
            "hostname": "::1",
            "opaque": "",
            "path": "/x",
            "query": "",
            "scheme": "http",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("http://[fe80::1%25en0]/",),
        {
            "fragment": "",
            "host": "[fe80::1%en0]",
            "hostname": "fe80::1%en0",
            "opaque": "",
            "path": "/",
            "query": "",
            "scheme": "http",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("http://[::ffff:1.2.3.4]/",),
        {
            "fragment": "",
            "host": "[::ffff:1.2.3.4]",
            "hostname": "::ffff:1.2.3.4",
            "opaque": "",
            "path": "/",
            "query": "",
            "scheme": "http",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("http://hé/",),
        {
            "fragment": "",
            "host": "hé",
            "hostname": "hé",
            "opaque": "",
            "path": "/",
            "query": "",
            "scheme": "http",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("http://a@b@h/",),
        {
            "fragment": "",
            "host": "h",
            "hostname": "h",
            "opaque": "",
            "path": "/",
            "query": "",
            "scheme": "http",
            "userinfo": "a%40b",
        },
    ),
    (
        "urlParse",
        ("//h/p",),
        {
            "fragment": "",
            "host": "h",
            "hostname": "h",
            "opaque": "",
            "path": "/p",
            "query": "",
            "scheme": "",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("///p",),
        {
            "fragment": "",
            "host": "",
            "hostname": "",
            "opaque": "",
            "path": "///p",
            "query": "",
            "scheme": "",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("/p?",),
        {
            "fragment": "",
            "host": "",
            "hostname": "",
            "opaque": "",
            "path": "/p",
            "query": "",
            "scheme": "",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("a:b",),
        {
            "fragment": "",
            "host": "",
            "hostname": "",
            "opaque": "b",
            "path": "",
            "query": "",
            "scheme": "a",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("HTTP://H/?a?b",),
        {
            "fragment": "",
            "host": "H",
            "hostname": "H",
            "opaque": "",
            "path": "/",
            "query": "a?b",
            "scheme": "http",
            "userinfo": "",
        },
    ),
    (
        "urlParse",
        ("proto://u@h",),
        {
            "fragment": "",
            "host": "h",
            "hostname": "h",
            "opaque": "",
            "path": "",
            "query": "",
            "scheme": "proto",
            "userinfo": "u",
        },
    ),
    ("urlJoin", ({},), ""),
    (
        "urlJoin",
        (
            {
                "scheme": "http",
                "host": "h:80",
                "path": "/a b?",
                "query": "x=1 2",
                "fragment": "f#é",
                "userinfo": "u:p%40",
            },
        ),
        "http://u:p%40@h:80/a%20b%3F?x=1 2#f%23%C3%A9",
    ),
    ("urlJoin", ({"scheme": "http", "host": "h", "path": "p"},), "http://h/p"),
    ("urlJoin", ({"path": "a:b"},), "./a:b"),
    ("urlJoin", ({"scheme": "mailto", "opaque": "a@b c", "path": "x"},), "mailto:a@b c"),
    ("urlJoin", ({"scheme": "x", "path": "/p"},), "x:///p"),
    ("urlJoin", ({"host": "[::1]"},), "//[::1]"),
    ("urlJoin", ({"path": "*"},), "*"),
    ("urlJoin", ({"host": gojson.Number("5")},), "//5"),
    ("urlJoin", ({"scheme": "x"},), "x:"),
    ("urlJoin", ({"userinfo": "u"},), "//u@"),
]

FAILURES: list[tuple[str, tuple[Any, ...]]] = [
    ("urlParse", ("http://h:80,h2:90/",)),
    ("urlParse", ("http://[1.2.3.4]/",)),
    ("urlParse", ("http://[::1/secret",)),
    ("urlParse", ("http://h%41/secret",)),
    ("urlParse", ("http://a b/secret",)),
    ("urlParse", ("http://u%zz:secret@h/",)),
    ("urlParse", ("http://us er:secret@h/",)),
    ("urlParse", ("1a:secret",)),
    ("urlParse", (":secret",)),
    ("urlParse", ("http://h:secret/",)),
    ("urlParse", ("http://h/%zzsecret",)),
    ("urlParse", ("http://h/#%zzsecret",)),
    ("urlParse", ("http://h/\x01secret",)),
    ("urlJoin", ({"host": "h", "userinfo": "u:secret/"},)),
    ("urlJoin", ({"userinfo": "us er:secret"},)),
    ("urlJoin", ({"host": 5},)),
    ("urlJoin", ({"host": None},)),
]


@pytest.mark.parametrize(("name", "args", "expected"), CASES)
def test_gives_what_sprig_gives(name: str, args: tuple[Any, ...], expected: Any) -> None:
    """The result is sprig's, type and all."""
    assert calls.typed(calls.call(name, *args)) == calls.typed(expected)


@pytest.mark.parametrize(("name", "args"), FAILURES)
def test_fails_where_sprig_fails(name: str, args: tuple[Any, ...]) -> None:
    """What makes sprig fail or panic fails here, and the text has no argument in it."""
    with pytest.raises(failures.Failed) as caught:
        calls.call(name, *args)
    assert all(str(each) not in caught.value.message for each in args if isinstance(each, str) and len(each) > 4)


def test_shows_nothing_of_a_url_that_is_none() -> None:
    """A URL may hold a password, so no part of it is in the message."""
    for url in ("http://u:hunter2@h:x/", "http://u:hunter2%zz@h/", "http://[hunter2]/", ":hunter2"):
        with pytest.raises(failures.Failed) as caught:
            calls.call("urlParse", url)
        assert "hunter2" not in caught.value.message
