from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from provider import model
from provider.golang import failures, gojson, values
from provider.gotemplate import state
from provider.shapes.templating import vault_functions
from tests.doubles import certificates, template_state


class Asked:
    """A lookup that has one answer for whatever it is asked, and keeps what that was."""

    def __init__(self, answer: values.Struct | None = None, names: list[str] | None = None) -> None:
        self.questions: list[tuple[str, dict[str, str] | None]] = []
        self._answer = answer
        self._names = names or []

    def secret(self, path: str, parameters: dict[str, str] | None) -> values.Struct | None:
        self.questions.append((path, parameters))
        return self._answer

    def names(self, path: str) -> list[str]:
        self.questions.append((path, None))
        return self._names


def call(name: str, *arguments: str, at: state.State | None = None, lookup: Asked | None = None) -> Any:
    return vault_functions.TABLE.functions[name].call(at or template_state.build(lookup=lookup), *arguments)


def struct(data: Mapping[str, Any] | None, envelope: Mapping[str, Any] | None = None) -> values.Struct:
    return vault_functions.secret_struct(model.Reply(data, envelope or {}))


FULL = gojson.loads("""{"request_id": "r", "lease_id": "l", "lease_duration": 3600, "renewable": true,
    "warnings": ["w1", "w2"],
    "auth": {"client_token": "t", "accessor": "a", "policies": ["p"], "metadata": {"k": "v"}, "lease_duration": 5,
             "renewable": true},
    "wrap_info": {"token": "wt", "ttl": 60, "creation_time": "2024-01-02T03:04:05.678900Z",
                  "wrapped_accessor": "wa"}}""")


def test_an_answer_has_the_fields_of_go() -> None:
    """Durations are ints, lists and maps of text have their types, fields stand in Go's order."""
    made = struct({"k": "v"}, FULL)
    assert made.type_name == "*dependency.Secret"
    auth, wrap = made.fields.pop("Auth"), made.fields.pop("WrapInfo")
    assert list(made.fields.items()) == [
        ("RequestID", "r"),
        ("LeaseID", "l"),
        ("LeaseDuration", 3600),
        ("Renewable", True),
        ("Data", {"k": "v"}),
        ("Warnings", ["w1", "w2"]),
    ]
    assert type(made.fields["LeaseDuration"]) is int
    assert type(made.fields["Warnings"]) is values.StringList
    assert (auth.type_name, list(auth.fields.values())) == (
        "*dependency.SecretAuth",
        ["t", "a", ["p"], {"k": "v"}, 5, True],
    )
    assert type(auth.fields["Metadata"]) is values.StringMap
    assert (wrap.type_name, list(wrap.fields.values())) == (
        "*dependency.SecretWrapInfo",
        ["wt", 60, "2024-01-02 03:04:05.6789 +0000 UTC", "wa"],
    )


def test_what_an_answer_lacks_is_zero() -> None:
    """Data is an empty map, warnings are a nil list, auth and wrap_info are nil pointers."""
    assert struct(None).fields["Warnings"].is_nil
    assert struct(None).fields == {
        "RequestID": "",
        "LeaseID": "",
        "LeaseDuration": 0,
        "Renewable": False,
        "Data": {},
        "Warnings": [],
        "Auth": values.NilPointer("*dependency.SecretAuth"),
        "WrapInfo": values.NilPointer("*dependency.SecretWrapInfo"),
    }


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2024-01-02T03:04:05Z", "2024-01-02 03:04:05 +0000 UTC"),
        ("2024-01-02T03:04:05.000Z", "2024-01-02 03:04:05 +0000 UTC"),
        ("2024-01-02T03:04:05.5-07:30", "2024-01-02 03:04:05.5 -0730 -0730"),
        ("", "0001-01-01 00:00:00 +0000 UTC"),
        ("soon", "soon"),
    ],
)
def test_a_time_is_shown_as_go_prints_one(written: str, shown: str) -> None:
    """Without the zeros at the end of its fraction."""
    made = struct({}, {"wrap_info": {"creation_time": written}})
    assert made.fields["WrapInfo"].fields["CreationTime"] == shown


def test_data_is_a_copy_all_the_way_down() -> None:
    """A template that sets keys changes nothing for other objects; numbers keep their text."""
    data = gojson.loads('{"data": {"l": [{"n": 1.10}, []], "m": {}}}')
    made = struct(data).fields["Data"]
    assert made == data
    assert made["data"]["l"][0]["n"] == gojson.Number("1.10")
    made["data"]["l"][0]["n"] = "changed"
    made["data"]["l"][1].append("changed")
    made["data"]["m"]["changed"] = True
    assert data == gojson.loads('{"data": {"l": [{"n": 1.10}, []], "m": {}}}')


def test_data_may_be_deep() -> None:
    """Copying does not go by Python's stack."""
    data: dict[str, Any] = {}
    for _ in range(100_000):
        data = {"d": [data]}
    assert struct(data).fields["Data"]["d"]


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (("a/b",), ("a/b", None)),
        ((" /a/b/ ",), ("a/b", None)),
        (("a/b?version=2",), ("a/b?version=2", None)),
        (("a", ""), ("a", {})),
        (("a", "k=v"), ("a", {"k": "v"})),
        (("a", " k = v=w ", "", "n="), ("a", {"k": "v=w", "n": ""})),
        (("a", "k=1", "k=2"), ("a", {"k": "2"})),
    ],
)
def test_a_secret_is_asked_for_by_its_trimmed_path(words: tuple[str, ...], question: tuple[str, Any]) -> None:
    """Any further argument makes it a write, an empty one too."""
    lookup = Asked(struct({}))
    assert call("secret", *words, lookup=lookup).type_name == "*dependency.Secret"
    assert lookup.questions == [question]


@pytest.mark.parametrize("name", ["secret", "pkiCert"])
def test_what_is_not_there_yet_is_nil(name: str) -> None:
    """So that a first pass can find out what to read; without any argument nothing is asked for."""
    lookup = Asked()
    assert call(name, "a", lookup=lookup) is None
    assert call(name, lookup=lookup) is None
    assert [path for path, _ in lookup.questions] == ["a"]


@pytest.mark.parametrize("name", ["secret", "secrets", "pkiCert"])
@pytest.mark.parametrize("path", [" ", "/", " // "])
def test_an_empty_path_is_refused(name: str, path: str) -> None:
    """It would ask for the root of Vault's API."""
    with pytest.raises(failures.Failed, match="the path is empty"):
        call(name, path)


@pytest.mark.parametrize("name", ["secret", "pkiCert"])
def test_a_parameter_has_an_equals_sign(name: str) -> None:
    """Else it is refused, and not shown."""
    with pytest.raises(failures.Failed) as caught:
        call(name, "a", "hunter2")
    assert caught.value.message == "not k=v pair"


def test_errors_can_name_the_path_of_a_secret() -> None:
    """Also of a map inside it."""
    answer = struct({"data": {"k": {}}})
    at = template_state.build(lookup=Asked(answer))
    call("secret", "/kv/app", at=at)
    assert at.path_of(answer.fields["Data"]) == "kv/app"
    assert at.path_of(answer.fields["Data"]["data"]["k"]) == "kv/app"


def test_a_list_is_a_list_of_strings() -> None:
    """The empty path, of `secrets` alone, is an empty list and asks for nothing."""
    lookup = Asked(names=["a", "b/"])
    made = call("secrets", "kv/", lookup=lookup)
    assert (made, type(made)) == (["a", "b/"], values.StringList)
    made = call("secrets", "", lookup=lookup)
    assert (made, type(made)) == ([], values.StringList)
    assert lookup.questions == [("kv", None)]


def armoured(body: str, label: str = "CERTIFICATE") -> str:
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


KEY, LEAF, ISSUER, ROOT = armoured("AAAA", "RSA PRIVATE KEY"), armoured("MIIC"), armoured("MIICA"), armoured("MIIRT")


def issued(data: Mapping[str, Any]) -> dict[str, Any]:
    return dict(call("pkiCert", "pki/issue/x", lookup=Asked(struct(data))).fields)


def test_an_issued_certificate_is_sorted_by_the_names_of_its_keys() -> None:
    """Where the certificates cannot be read; the order is Go's, and each ends in a line feed."""
    data = {"certificate": LEAF.strip(), "private_key": KEY, "issuing_ca": ISSUER, "ca_chain": [ISSUER, ROOT]}
    made = issued({"serial_number": "1:2", "expiration": gojson.Number("5"), **data})
    assert list(made.items()) == [("Cert", LEAF), ("Key", KEY), ("CA", ISSUER), ("CAChain", [ISSUER, ROOT])]
    assert type(made["CAChain"]) is values.StringList


def test_an_issued_certificate_says_what_it_is(tmp_path: Path) -> None:
    """Certificates that can be read decide themselves, as in a bundle of all in one text."""
    authority = certificates.Authority(tmp_path)
    certificate, key = (file.read_text() for file in authority.issue("leaf.example"))
    bundle = key + certificate + authority.pem
    made = issued({"certificate": bundle, "private_key": key, "issuing_ca": authority.pem, "ca_chain": [authority.pem]})
    assert made == {"Cert": certificate, "Key": key, "CA": authority.pem, "CAChain": [authority.pem]}


def test_an_authority_needs_no_leaf() -> None:
    """A root that was made has itself as its authority."""
    assert issued({"issuing_ca": ROOT}) == {"Cert": "", "Key": "", "CA": ROOT, "CAChain": [ROOT]}


def test_the_data_of_a_certificate_is_itself() -> None:
    """Templates write .Data.Cert, and .Cert, and ask whether a chain holds a CA."""
    made = call("pkiCert", "pki/issue/x", lookup=Asked(struct({"certificate": LEAF, "issuing_ca": ROOT})))
    assert made.type_name == "dependency.PemEncoded"
    assert made.methods["Data"].call(template_state.build()) is made
    assert made.methods["CaChainContains"].call(template_state.build(), ROOT) is True
    assert made.methods["CaChainContains"].call(template_state.build(), LEAF) is False


def test_pki_parameters_are_always_a_write() -> None:
    """There is no reading of a certificate that is to be issued."""
    lookup = Asked()
    call("pkiCert", "/pki/issue/x", lookup=lookup)
    call("pkiCert", "pki/issue/x", "common_name = a.example", lookup=lookup)
    assert lookup.questions == [("pki/issue/x", {}), ("pki/issue/x", {"common_name": "a.example"})]


@pytest.mark.parametrize(
    "data", [{}, {"certificate": "MIIC"}, {"certificate": gojson.Number("1")}, {"private_key": KEY}]
)
def test_a_reply_without_a_certificate_is_refused(data: dict[str, Any]) -> None:
    """As one in DER is; the path is told, the reply is not."""
    with pytest.raises(failures.Failed) as caught:
        issued(data)
    assert caught.value.message == "the reply of pki/issue/x holds no certificate in PEM format"
