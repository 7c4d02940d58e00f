"""Policies: what they allow, and which rule decides."""

import pytest

from tests.contract import api


async def _token(vault: api.Api, *documents: str) -> str:
    return await vault.token(*[await vault.policy(document) for document in documents])


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ('path "KV/a" { capabilities = ["read"] }', "a", True),
        ('path "/KV/a" { capabilities = ["read"] }', "a", True),
        ('path "KV/a" { capabilities = ["list", "update"] }', "a", False),
        ('path "KV/a" { capabilities = ["read"] }', "ab", False),
        ('path "KV/a*" { capabilities = ["read"] }', "ab", True),
        ('path "KV/*" { capabilities = ["read"] }', "a/b/c", True),
        ('path "KV/a*b" { capabilities = ["read"] }', "axb", False),
        ('path "KV/+/x" { capabilities = ["read"] }', "a/x", True),
        ('path "KV/+/x" { capabilities = ["read"] }', "a/b/x", False),
        ('path "KV/+/x*" { capabilities = ["read"] }', "a/xy/z", True),
        ('path "KV/+" { capabilities = ["read"] }', "a", True),
        ('path "KV/+" { capabilities = ["read"] }', "a/b", False),
        ('path "KV/+/+/z" { capabilities = ["read"] }', "a/b/z", True),
        ('path "KV/*" { capabilities = ["read"] } path "KV/a" { capabilities = ["deny"] }', "a", False),
        ('path "KV/a*" { capabilities = ["deny"] } path "KV/ab" { capabilities = ["read"] }', "ab", True),
        ('path "KV/a*" { capabilities = ["read"] } path "KV/ab*" { capabilities = ["deny"] }', "abc", False),
        ('path "KV/a*" { capabilities = ["deny"] } path "KV/ab*" { capabilities = ["read"] }', "abc", True),
        ('path "KV/+/x" { capabilities = ["read"] } path "KV/a/*" { capabilities = ["deny"] }', "a/x", False),
        ('path "KV/+/x" { capabilities = ["deny"] } path "KV/a/*" { capabilities = ["read"] }', "a/x", True),
        ('path "KV/+/b/*" { capabilities = ["deny"] } path "KV/+/b/c" { capabilities = ["read"] }', "a/b/c", True),
        ('path "KV/+/+/c" { capabilities = ["deny"] } path "KV/+/b/c" { capabilities = ["read"] }', "a/b/c", True),
        ('path "KV/a" { policy = "read" }', "a", True),
        ('# nothing\npath "KV/a" { // one\n capabilities = ["read", /* two */ "list",]\n}', "a", True),
        ('{"path": {"KV/a": {"capabilities": ["read"]}}}', "a", True),
    ],
)
async def test_which_rule_decides(vault: api.Api, rules: str, path: str, allowed: bool) -> None:
    """An exact path beats a pattern, a longer pattern a shorter one, and a denial everything of its own pattern."""
    mount = await vault.mount("kv", version="1")
    await vault.done("PUT", f"{mount}/{path}", {"key": "value"})
    token = await _token(vault, rules.replace("KV", mount))
    answer = await vault.ask("GET", f"{mount}/{path}", token=token)
    if allowed:
        assert answer.status == 200
    else:
        assert answer.refused == (403, api.DENIED)


async def test_a_denial_does_not_tell_what_is_there(vault: api.Api) -> None:
    """A path that is not allowed is denied alike, whether it, or its mount, exists or not."""
    path, _ = await vault.readable()
    token = await vault.token("default")
    answers = [await vault.ask("GET", asked, token=token) for asked in (path, f"{path}/none", "no-such-mount/x")]
    assert [answer.refused for answer in answers] == [(403, api.DENIED)] * 3


async def test_several_policies_add_up(vault: api.Api) -> None:
    """Two policies for one path give the capabilities of both."""
    mount = await vault.mount("kv", version="1")
    token = await _token(
        vault, f'path "{mount}/a" {{ capabilities = ["create"] }}', f'path "{mount}/a" {{ capabilities = ["read"] }}'
    )
    assert (await vault.ask("PUT", f"{mount}/a", {"key": "value"}, token=token)).status == 204
    assert (await vault.ask("GET", f"{mount}/a", token=token)).status == 200


async def test_a_denial_of_one_policy_outweighs_the_others(vault: api.Api) -> None:
    """One policy that denies a path is enough."""
    mount = await vault.mount("kv", version="1")
    token = await _token(
        vault, f'path "{mount}/a" {{ capabilities = ["read"] }}', f'path "{mount}/a" {{ capabilities = ["deny"] }}'
    )
    assert (await vault.ask("GET", f"{mount}/a", token=token)).refused == (403, api.DENIED)


@pytest.mark.parametrize("version", ["1", "2"])
async def test_create_is_not_update(vault: api.Api, version: str) -> None:
    """A policy with only `create` lets a secret be written once."""
    mount = await vault.mount("kv", version=version)
    path = f"{mount}/a" if version == "1" else f"{mount}/data/a"
    token = await vault.token(await vault.allow(path, "create"))
    body = {"data": {"key": "value"}}
    assert (await vault.ask("PUT", path, body, token=token)).status in (200, 204)
    assert (await vault.ask("PUT", path, body, token=token)).refused == (403, api.DENIED)


@pytest.mark.parametrize("rule", ["KV/metadata", "KV/metadata/", "KV/metadata/*", "KV/+"])
async def test_listing_a_folder(vault: api.Api, rule: str) -> None:
    """A rule for a folder allows listing it, with or without the slash at its end."""
    mount = await vault.mount("kv", version="2")
    await vault.done("PUT", f"{mount}/data/a", {"data": {"key": "value"}})
    token = await vault.token(await vault.allow(rule.replace("KV", mount), "list"))
    for asked in ("metadata", "metadata/"):
        assert (await vault.ask("LIST", f"{mount}/{asked}", token=token)).data == {"keys": ["a"]}


async def test_capabilities_of_oneself(vault: api.Api) -> None:
    """capabilities-self tells what a token may do on each path."""
    document = 'path "x/+/y" { capabilities = ["read", "list"] }\npath "x/no/*" { capabilities = ["deny"] }'
    token = await _token(vault, document)
    paths = ["x/a/y", "x/no/y", "z"]
    answer = await vault.ask("POST", "sys/capabilities-self", {"paths": paths}, token=token)
    assert answer.data == {"x/a/y": ["list", "read"], "x/no/y": ["deny"], "z": ["deny"]}
    assert answer.json["x/a/y"] == ["list", "read"]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ('path "a" { capabilities = ["nope"] }', 'failed to parse policy: path "a": invalid capability "nope"'),
        (
            'path "a/+*" { capabilities = ["read"] }',
            "failed to parse policy: path \"a/+*\": invalid use of wildcards ('+*' is forbidden)",
        ),
        ("", "'policy' parameter not supplied or empty"),
    ],
)
async def test_a_policy_that_is_none(vault: api.Api, document: str, said: str) -> None:
    """A policy that cannot be right is refused when it is written."""
    answer = await vault.ask("PUT", "sys/policies/acl/broken", {"policy": document})
    assert answer.refused == (400, [said])


async def test_a_policy_with_a_syntax_error_names_the_place(vault: api.Api) -> None:
    """A document that is no policy is refused with line and column."""
    status, said = (await vault.ask("PUT", "sys/policies/acl/broken", {"policy": 'path "a" { '})).refused
    assert status == 400
    assert said[0].startswith("failed to parse policy: At 1:1")
