"""Paths without data/: what is asked, and what is read in the end."""

import pytest

from provider import errors, model
from provider.shapes import read_results
from provider.shapes.templating import kv_paths

V2 = model.Reply({"path": "secret/", "type": "kv", "options": {"version": "2"}}, {})
V1 = model.Reply({"path": "secret/", "type": "kv", "options": {"version": "1"}}, {})
DEEP = model.Reply({"path": "secret/team/", "type": "kv", "options": {"version": "2"}}, {})
OTHER = model.Reply({"path": "database/", "type": "database", "options": None}, {})


def get(path: str) -> model.Read:
    return model.Read("ns", path)


def probe(path: str) -> model.Read:
    return get(f"sys/internal/ui/mounts/{path}")


def shim(outcomes: dict[str, read_results.Outcome]) -> kv_paths.PathResolver:
    results = read_results.ReadResults()
    results.add({get(path): outcome for path, outcome in outcomes.items()})
    return kv_paths.PathResolver(results)


def known(path: str, outcome: read_results.Outcome) -> kv_paths.PathResolver:
    return shim({probe(path).path: outcome})


@pytest.mark.parametrize(
    "path",
    [
        "secret/data/app",
        "secret/metadata/app",
        "secret/subkeys/app",
        "pki/issue/web",
        "database/creds/ro",
        "sys/health",
        "auth/token/lookup-self",
        "single",
    ],
)
def test_what_is_plain_is_read_as_it_stands(path: str) -> None:
    """No question is asked of Vault."""
    assert shim({}).resolve(get(path)) == (get(path), ())


def test_what_may_be_short_is_asked_about_once() -> None:
    """Two paths of one mount share the question; a third of another mount has its own."""
    asking = shim({})
    assert asking.resolve(get("secret/app")) == (None, (probe("secret/app"),))
    assert asking.resolve(get("secret/other")) == (None, ())
    assert asking.resolve(get("kv/app")) == (None, (probe("kv/app"),))


@pytest.mark.parametrize(
    ("reply", "path", "read"),
    [
        (V2, "secret/app", "secret/data/app"),
        (V2, "secret/a/b/data/c", "secret/data/a/b/data/c"),
        (V1, "secret/app", "secret/app"),
        (OTHER, "secret/app", "secret/app"),
        (model.Reply({}, {}), "secret/app", "secret/app"),
        (errors.PathDenied("no"), "secret/app", "secret/app"),
        (DEEP, "secret/team/app", "secret/team/data/app"),
        (DEEP, "secret/team/data/app", "secret/team/data/app"),
    ],
)
def test_the_answer_decides(reply: read_results.Outcome, path: str, read: str) -> None:
    """data/ is put in behind a mount of version 2, and nowhere else; no answer leaves the path alone."""
    assert known(path, reply).resolve(get(path)) == (get(read), ())


def test_an_answer_holds_for_the_whole_mount() -> None:
    """The next path of it needs no question, one outside does."""
    asking = known("secret/team/app", DEEP)
    assert asking.resolve(get("secret/team/other")) == (get("secret/team/data/other"), ())
    assert asking.resolve(get("secret/app")) == (None, (probe("secret/app"),))


def test_a_list_is_of_metadata_and_a_write_is_wrapped() -> None:
    """As version 2 wants them; the query stays."""
    asking = known("secret/app", V2)
    listed = model.Read("ns", "secret/app", "LIST")
    assert asking.resolve(listed)[0] == model.Read("ns", "secret/metadata/app", "LIST")
    assert asking.resolve(model.Read("ns", "secret", "LIST"))[0] == model.Read("ns", "secret/metadata", "LIST")
    written = model.Read("ns", "secret/app", "PUT", args='{"a":"b"}')
    assert asking.resolve(written)[0] == model.Read("ns", "secret/data/app", "PUT", args='{"data":{"a":"b"}}')
    old = model.Read("ns", "secret/app", query=(("version", "1"),))
    assert asking.resolve(old)[0] == model.Read("ns", "secret/data/app", query=(("version", "1"),))


@pytest.mark.parametrize("refusal", [errors.PathDenied("no"), errors.SecretNotFound("none")])
def test_a_path_like_another_engines_is_asked_about_when_it_is_refused(refusal: errors.ProviderError) -> None:
    """`secret/creds/app` may be a secret of version 2 all the same."""
    asking = shim({"secret/creds/app": refusal})
    assert asking.resolve(get("secret/creds/app")) == (None, (probe("secret/creds/app"),))
    answered = shim({"secret/creds/app": refusal, probe("secret/creds/app").path: V2})
    assert answered.resolve(get("secret/creds/app")) == (get("secret/data/creds/app"), ())
    other = shim({"database/creds/app": refusal, probe("database/creds/app").path: OTHER})
    assert other.resolve(get("database/creds/app")) == (get("database/creds/app"), ())


def test_an_outage_is_no_refusal() -> None:
    """It stays the error that it is."""
    down = errors.VaultUnavailable("down")
    assert shim({"database/creds/app": down}).resolve(get("database/creds/app")) == (get("database/creds/app"), ())
