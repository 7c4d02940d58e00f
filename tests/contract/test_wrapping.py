"""Wrapped answers: a token that stands for an answer, once."""

from tests.contract import api


async def test_a_wrapped_answer_and_its_content(vault: api.Api) -> None:
    """A wrapped read answers with a token, which gives the content once."""
    path, _ = await vault.readable()
    wrapped = await vault.ask("GET", path, X_Vault_Wrap_TTL="60s")
    info = wrapped.json["wrap_info"]
    assert (wrapped.data, wrapped.json["request_id"], wrapped.json["mount_type"]) == (None, "", "")
    assert list(info) == ["token", "accessor", "ttl", "creation_time", "creation_path"]
    assert (info["ttl"], info["creation_path"]) == ("60", path)
    content = await vault.ask("POST", "sys/wrapping/unwrap", token=info["token"])
    assert content.data == {"key": "value"}
    assert (await vault.ask("POST", "sys/wrapping/unwrap", token=info["token"])).status in (400, 403)


async def test_looking_at_a_wrapping_token(vault: api.Api) -> None:
    """Anybody with a wrapping token may see where it comes from."""
    path, _ = await vault.readable()
    token = await vault.ask("GET", path, X_Vault_Wrap_TTL="60")
    wrapping = token.json["wrap_info"]["token"]
    shown = (await vault.ask("POST", "sys/wrapping/lookup", {"token": wrapping}, token="")).data
    assert (shown["creation_path"], shown["creation_ttl"]) == (path, "60")


async def test_wrapping_what_one_sends(vault: api.Api) -> None:
    """sys/wrapping/wrap wraps its own body, and needs to be told for how long."""
    refused = await vault.ask("POST", "sys/wrapping/wrap", {"a": "b"})
    assert refused.refused == (400, ["endpoint requires response wrapping to be used"])
    info = (await vault.ask("POST", "sys/wrapping/wrap", {"a": "b"}, X_Vault_Wrap_TTL="60")).json["wrap_info"]
    assert (await vault.ask("POST", "sys/wrapping/unwrap", token=info["token"])).data == {"a": "b"}


async def test_unwrapping_with_another_token(vault: api.Api) -> None:
    """A wrapping token may also be sent in the body, with a token of one's own."""
    path, _ = await vault.readable()
    wrapping = (await vault.ask("GET", path, X_Vault_Wrap_TTL="60")).json["wrap_info"]["token"]
    own = await vault.token("default")
    answer = await vault.ask("POST", "sys/wrapping/unwrap", {"token": wrapping}, token=own)
    assert answer.data == {"key": "value"}


async def test_a_wrapping_token_does_nothing_else(vault: api.Api) -> None:
    """A wrapping token reads no secret."""
    path, _ = await vault.readable()
    wrapping = (await vault.ask("GET", path, X_Vault_Wrap_TTL="60")).json["wrap_info"]["token"]
    assert (await vault.ask("GET", path, token=wrapping)).status == 403


async def test_a_wrap_ttl_that_is_none(vault: api.Api) -> None:
    """A lifetime that is none is refused."""
    answer = await vault.ask("GET", "secret/data/x", X_Vault_Wrap_TTL="zz")
    assert answer.refused == (400, ['error parsing X-Vault-Wrap-TTL header: time: invalid duration "zz"'])
