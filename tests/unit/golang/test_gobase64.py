import pytest

from provider.golang import failures, gobase64

# What Go's base64.StdEncoding makes of them, and URLEncoding.
STANDARD = [
    ("", ""),
    ("aGk=", "hi"),
    ("YWI=", "ab"),
    ("/w==", "\udcff"),
    ("+/+/", "\udcfb\udcff\udcbf"),
    ("YQ==\n", "a"),
    ("Y\r\nQ=\n=", "a"),
    ("YR==", "a"),
]
FOR_URLS = [("_w==", "\udcff"), ("-_-_", "\udcfb\udcff\udcbf"), ("YQ==\n", "a")]
NEITHER = ["YQ", "YQ=", "Y Q==", "YQ==YQ==", "====", "Y===", "Y", "é===", "YQ==\x00"]


@pytest.mark.parametrize(("text", "decoded"), STANDARD)
def test_it_decodes_the_standard_alphabet(text: str, decoded: str) -> None:
    """Bytes come out unchanged; line breaks do not count."""
    assert gobase64.decode(text) == decoded


@pytest.mark.parametrize(("text", "decoded"), FOR_URLS)
def test_it_decodes_the_alphabet_for_urls(text: str, decoded: str) -> None:
    """The same with `-` and `_`."""
    assert gobase64.decode(text, for_urls=True) == decoded


@pytest.mark.parametrize("text", NEITHER)
@pytest.mark.parametrize("for_urls", [False, True])
def test_what_go_refuses_is_refused(text: str, for_urls: bool) -> None:
    """Wrong padding, spaces and anything after the padding."""
    with pytest.raises(failures.Failed, match=r"\Athe text is not base64\Z"):
        gobase64.decode(text, for_urls=for_urls)


@pytest.mark.parametrize(("text", "for_urls"), [("_w==", False), ("/w==", True)])
def test_the_alphabets_are_not_mixed(text: str, for_urls: bool) -> None:
    """Neither takes the other's characters."""
    with pytest.raises(failures.Failed):
        gobase64.decode(text, for_urls=for_urls)


def test_it_encodes_bytes() -> None:
    """Bytes that are no UTF-8 are encoded as they are."""
    assert gobase64.encode("\udcfb\udcff\udcbf") == "+/+/"
    assert gobase64.encode("\udcfb\udcff\udcbfé", for_urls=True) == "-_-_w6k="
