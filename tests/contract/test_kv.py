"""The KV engines: values, versions, deletion, listings, and the hints for wrong paths."""

from typing import Any

import pytest

from tests.contract import api

_NUMBERS = '{"n":1.10,"e":1e3,"big":12345678901234567890,"tiny":1e-7,"huge":1e21,"zero":-0.0,"list":[1.50]}'
_WRONG = (
    "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. "
    "If using the Vault CLI, use 'vault kv {}' for this operation."
)


@pytest.fixture
async def kv1(vault: api.Api) -> str:
    """A mount of version 1."""
    return await vault.mount("kv", version="1")


@pytest.fixture
async def kv2(vault: api.Api) -> str:
    """A mount of version 2."""
    return await vault.mount("kv", version="2")


async def _versions(vault: api.Api, kv2: str, count: int) -> str:
    path = f"{kv2}/data/app"
    for number in range(1, count + 1):
        await vault.done("PUT", path, {"data": {"key": f"value {number}"}})
    return path


async def test_the_members_of_an_answer_in_their_order(vault: api.Api, kv1: str) -> None:
    """The whole of an answer has this order, sorted keys inside data, and a newline at its end."""
    await vault.done("PUT", f"{kv1}/app", '{"b":"<&>","a":{"z":null,"y":true}}')
    answer = await vault.ask("GET", f"{kv1}/app")
    assert list(answer.json) == (
        ["request_id", "lease_id", "renewable", "lease_duration", "data", "wrap_info", "warnings", "auth", "mount_type"]
    )
    assert '"data":{"a":{"y":true,"z":null},"b":"\\u003c\\u0026\\u003e"},"wrap_info":null' in answer.text
    assert answer.text.endswith('"mount_type":"kv"}\n')
    assert answer.headers["Content-Type"] == "application/json"


async def test_version_1_keeps_number_text(vault: api.Api, kv1: str) -> None:
    """KV 1 gives numbers back as they were written."""
    await vault.done("PUT", f"{kv1}/app", _NUMBERS)
    assert (await vault.ask("GET", f"{kv1}/app")).data == {
        "n": "1.10",
        "e": "1e3",
        "big": "12345678901234567890",
        "tiny": "1e-7",
        "huge": "1e21",
        "zero": "-0.0",
        "list": ["1.50"],
    }


async def test_version_2_loses_number_text(vault: api.Api, kv2: str) -> None:
    """KV 2 makes 64-bit floats of all numbers."""
    await vault.done("PUT", f"{kv2}/data/app", f'{{"data":{_NUMBERS}}}')
    assert (await vault.ask("GET", f"{kv2}/data/app")).data["data"] == {
        "n": "1.1",
        "e": "1000",
        "big": "12345678901234567000",
        "tiny": "1e-7",
        "huge": "1e+21",
        "zero": "-0",
        "list": ["1.5"],
    }


async def test_version_1_ttl_is_only_told(vault: api.Api, kv1: str) -> None:
    """A `ttl` in a KV 1 secret becomes its lease_duration, and nothing ends."""
    await vault.done("PUT", f"{kv1}/app", {"ttl": "1h", "key": "value"})
    answer = await vault.ask("GET", f"{kv1}/app")
    assert (answer.json["lease_duration"], answer.json["renewable"], answer.json["lease_id"]) == ("3600", False, "")


async def test_version_1_without_ttl_has_the_default_duration(vault: api.Api, kv1: str) -> None:
    """A KV 1 secret has 768 hours as its lease_duration."""
    await vault.done("PUT", f"{kv1}/app", {"key": "value"})
    assert (await vault.ask("GET", f"{kv1}/app")).json["lease_duration"] == "2764800"


@pytest.mark.parametrize("body", [None, {}])
async def test_version_1_writes_something(vault: api.Api, kv1: str, body: Any) -> None:
    """An empty write is refused."""
    assert (await vault.ask("PUT", f"{kv1}/app", body)).refused == (400, ["missing data fields"])


async def test_listing_version_1(vault: api.Api, kv1: str) -> None:
    """A listing has names and folders, sorted; LIST and GET with ?list=true are one."""
    for path in ("b", "a/x", "a/y"):
        await vault.done("PUT", f"{kv1}/{path}", {"key": "value"})
    assert (await vault.ask("LIST", f"{kv1}/")).data == {"keys": ["a/", "b"]}
    assert (await vault.ask("LIST", f"{kv1}/a")).data == {"keys": ["x", "y"]}
    assert (await vault.ask("GET", f"{kv1}/a?list=true")).data == {"keys": ["x", "y"]}
    assert (await vault.ask("LIST", f"{kv1}/none")).refused == (404, [])


@pytest.mark.parametrize("path", ["none", "a/none"])
async def test_nothing_there_in_version_1(vault: api.Api, kv1: str, path: str) -> None:
    """A missing secret is 404 with no word."""
    assert (await vault.ask("GET", f"{kv1}/{path}")).refused == (404, [])


async def test_deleted_in_version_1(vault: api.Api, kv1: str) -> None:
    """A deleted secret is gone."""
    await vault.done("PUT", f"{kv1}/app", {"key": "value"})
    assert (await vault.ask("DELETE", f"{kv1}/app")).status == 204
    assert (await vault.ask("GET", f"{kv1}/app")).refused == (404, [])


async def test_reading_version_2(vault: api.Api, kv2: str) -> None:
    """A read has the data and, beside it, what is known of the version."""
    answer = await vault.ask("GET", await _versions(vault, kv2, 2))
    assert answer.data["data"] == {"key": "value 2"}
    assert list(answer.data["metadata"]) == ["created_time", "custom_metadata", "deletion_time", "destroyed", "version"]
    assert answer.data["metadata"]["version"] == "2"
    assert answer.json["lease_duration"] == "0"


@pytest.mark.parametrize(("query", "value"), [("?version=1", "value 1"), ("?version=0", "value 2"), ("", "value 2")])
async def test_a_version_by_number(vault: api.Api, kv2: str, query: str, value: str) -> None:
    """?version=N reads that version, 0 the latest."""
    path = await _versions(vault, kv2, 2)
    assert (await vault.ask("GET", path + query)).data["data"] == {"key": value}


@pytest.mark.parametrize("query", ["?version=9", "none", "none?version=1"])
async def test_nothing_there_in_version_2(vault: api.Api, kv2: str, query: str) -> None:
    """A missing secret or version is 404 with no word."""
    path = await _versions(vault, kv2, 1)
    assert (await vault.ask("GET", path + query)).refused == (404, [])


async def test_a_version_that_is_no_number(vault: api.Api, kv2: str) -> None:
    """A version that is no number is refused by name."""
    status, said = (await vault.ask("GET", f"{await _versions(vault, kv2, 1)}?version=x")).refused
    assert status == 400
    assert 'error converting input for field "version"' in said[0]


async def test_an_unknown_query_parameter_is_a_warning(vault: api.Api, kv2: str) -> None:
    """A query parameter that nobody reads is named in a warning."""
    answer = await vault.ask("GET", f"{await _versions(vault, kv2, 1)}?foo=1")
    assert (answer.status, answer.warnings) == (200, ["Endpoint ignored these unrecognized parameters: [foo]"])


async def test_a_deleted_version(vault: api.Api, kv2: str) -> None:
    """A deleted version is 404 with the time of its deletion, and can be had back."""
    path = await _versions(vault, kv2, 2)
    await vault.done("DELETE", path)
    answer = await vault.ask("GET", path)
    assert answer.status == 404
    assert answer.data["data"] is None
    assert answer.data["metadata"]["deletion_time"].endswith("Z")
    assert (answer.data["metadata"]["destroyed"], answer.data["metadata"]["version"]) == (False, "2")
    assert (answer.warnings, answer.json["mount_type"], answer.text[-1]) == ([], "", "}")
    assert (await vault.ask("GET", f"{path}?version=1")).status == 200
    await vault.done("PUT", path.replace("/data/", "/undelete/"), {"versions": [2]})
    assert (await vault.ask("GET", path)).data["data"] == {"key": "value 2"}


async def test_a_destroyed_version(vault: api.Api, kv2: str) -> None:
    """A destroyed version is 404 and says so."""
    path = await _versions(vault, kv2, 1)
    await vault.done("PUT", path.replace("/data/", "/destroy/"), {"versions": [1]})
    answer = await vault.ask("GET", path)
    shown = answer.data["metadata"]
    assert (answer.status, answer.data["data"]) == (404, None)
    assert (shown["deletion_time"], shown["destroyed"], shown["version"]) == ("", True, "1")


async def test_older_versions_deleted_by_number(vault: api.Api, kv2: str) -> None:
    """Versions are deleted by number too."""
    path = await _versions(vault, kv2, 2)
    await vault.done("POST", path.replace("/data/", "/delete/"), {"versions": [1]})
    assert [(await vault.ask("GET", f"{path}?version={number}")).status for number in (1, 2)] == [404, 200]


async def test_all_versions_gone_with_the_metadata(vault: api.Api, kv2: str) -> None:
    """Deleting the metadata leaves nothing."""
    path = await _versions(vault, kv2, 2)
    await vault.done("DELETE", path.replace("/data/", "/metadata/"))
    assert (await vault.ask("GET", path)).refused == (404, [])


async def test_ten_versions_are_kept(vault: api.Api, kv2: str) -> None:
    """The eleventh version drives out the first."""
    path = await _versions(vault, kv2, 11)
    assert [(await vault.ask("GET", f"{path}?version={number}")).status for number in (1, 2, 11)] == [404, 200, 200]


@pytest.mark.parametrize(
    ("method", "command"), [("GET", "get"), ("PUT", "put"), ("LIST", "list"), ("DELETE", "delete")]
)
async def test_a_version_2_path_without_data(vault: api.Api, kv2: str, method: str, command: str) -> None:
    """A path without data/ is 404 with the hint in a warning."""
    answer = await vault.ask(method, f"{kv2}/app", {"a": "b"} if method == "PUT" else None)
    assert (answer.status, answer.data, answer.warnings) == (404, None, [_WRONG.format(command)])


async def test_a_version_2_path_without_data_and_without_the_right(vault: api.Api, kv2: str) -> None:
    """Where the policy allows only the right path, the wrong one is a denial without a hint."""
    token = await vault.token(await vault.allow(f"{kv2}/data/*"))
    assert (await vault.ask("GET", f"{kv2}/app", token=token)).refused == (403, api.DENIED)


@pytest.mark.parametrize("path", ["data/", "data/app/", "data/a/b/"])
async def test_a_version_2_path_with_a_slash_at_its_end(vault: api.Api, kv2: str, path: str) -> None:
    """A slash at the end is a wrong path, not a folder."""
    answer = await vault.ask("GET", f"{kv2}/{path}")
    assert (answer.status, answer.warnings) == (404, [_WRONG.format("get")])


async def test_the_root_of_version_2(vault: api.Api, kv2: str) -> None:
    """Nothing can be read right at data."""
    answer = await vault.ask("GET", f"{kv2}/data")
    assert answer.warnings == ["Non-listing operations on the root of a K/V v2 mount are not supported."]


async def test_listing_version_2(vault: api.Api, kv2: str) -> None:
    """Secrets are listed at metadata."""
    for path in ("b", "a/x"):
        await vault.done("PUT", f"{kv2}/data/{path}", {"data": {}})
    assert (await vault.ask("LIST", f"{kv2}/metadata")).data == {"keys": ["a/", "b"]}
    assert (await vault.ask("GET", f"{kv2}/metadata/a?list=true")).data == {"keys": ["x"]}
    assert (await vault.ask("LIST", f"{kv2}/metadata/none")).refused == (404, [])


async def test_metadata_of_a_secret(vault: api.Api, kv2: str) -> None:
    """The metadata tell every version's fate."""
    path = await _versions(vault, kv2, 2)
    await vault.done("DELETE", path)
    shown = (await vault.ask("GET", path.replace("/data/", "/metadata/"))).data
    assert (shown["current_version"], shown["max_versions"], shown["cas_required"]) == ("2", "0", False)
    assert sorted(shown["versions"]) == ["1", "2"]
    assert (shown["versions"]["1"]["deletion_time"], shown["versions"]["1"]["destroyed"]) == ("", False)
    assert shown["versions"]["2"]["deletion_time"].endswith("Z")


async def test_custom_metadata(vault: api.Api, kv2: str) -> None:
    """What is noted on a secret is read with it."""
    path = await _versions(vault, kv2, 1)
    await vault.done("PUT", path.replace("/data/", "/metadata/"), {"custom_metadata": {"owner": "team"}})
    assert (await vault.ask("GET", path)).data["metadata"]["custom_metadata"] == {"owner": "team"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"data": {}, "options": {"cas": 9}}, "check-and-set parameter did not match the current version"),
        ({"key": "value"}, "no data provided"),
        ({"data": "text"}, "error converting input for field \"data\": '' expected a map, got 'string'"),
    ],
)
async def test_refused_writes_to_version_2(vault: api.Api, kv2: str, body: Any, said: str) -> None:
    """A write that cannot be right is refused."""
    assert (await vault.ask("PUT", f"{kv2}/data/app", body)).refused == (400, [said])


async def test_check_and_set(vault: api.Api, kv2: str) -> None:
    """A write with the version it saw succeeds."""
    path = await _versions(vault, kv2, 1)
    answer = await vault.ask("PUT", path, {"data": {"key": "new"}, "options": {"cas": 1}})
    assert (answer.status, answer.data["version"]) == (200, "2")


async def test_patching(vault: api.Api, kv2: str) -> None:
    """PATCH merges, where its content type says what it is."""
    path = await _versions(vault, kv2, 1)
    assert (await vault.ask("PATCH", path, {"data": {"b": "c"}}, Content_Type="")).status == 400
    merge = "application/merge-patch+json"
    assert (await vault.ask("PATCH", path, {"data": {"b": "c"}}, Content_Type=merge)).status == 200
    assert (await vault.ask("GET", path)).data["data"] == {"b": "c", "key": "value 1"}


async def test_the_names_below_a_secret(vault: api.Api, kv2: str) -> None:
    """A path below subkeys shows the keys without their values."""
    await vault.done("PUT", f"{kv2}/data/app", {"data": {"a": {"b": "c"}, "d": "e"}})
    assert (await vault.ask("GET", f"{kv2}/subkeys/app")).data["subkeys"] == {"a": {"b": None}, "d": None}
