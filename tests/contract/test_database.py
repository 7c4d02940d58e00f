"""Leased logins of the database engine: given, renewed, taken back."""

import asyncio

import pytest

from tests.contract import api
from tests.real.servers import postgres as postgres_server

_CREATE = "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';"


@pytest.fixture
async def database(vault: api.Api, server: str, request: pytest.FixtureRequest) -> str:
    """A mount with a connection, and a role `app` of one hour, two at most."""
    path = await vault.mount("database")
    connection = {
        "plugin_name": "postgresql-database-plugin",
        "connection_url": "postgresql://{{username}}:{{password}}@127.0.0.1:5432/postgres",
        "username": "admin",
        "password": "secret",
        "allowed_roles": "app,short,near",
    }
    if server == "real":
        postgres: postgres_server.Running = request.getfixturevalue("postgres")
        address = f"{postgres.host}:{postgres.port}/postgres?sslmode=disable"
        connection |= {
            "connection_url": f"postgresql://{{{{username}}}}:{{{{password}}}}@{address}",
            "username": postgres.admin,
            "password": postgres.password,
        }
    await vault.done("POST", f"{path}/config/main", connection)
    role = {"db_name": "main", "creation_statements": [_CREATE], "default_ttl": "1h", "max_ttl": "2h"}
    await vault.done("POST", f"{path}/roles/app", role)
    await vault.done("POST", f"{path}/roles/other", role)
    await vault.done("POST", f"{path}/roles/short", {**role, "default_ttl": "1s", "max_ttl": "2s"})
    await vault.done("POST", f"{path}/roles/near", {**role, "default_ttl": "20s", "max_ttl": "30s"})
    return path


async def _until_gone(vault: api.Api, lease: str) -> api.Answer:
    for _ in range(80):
        answer = await vault.ask("PUT", "sys/leases/lookup", {"lease_id": lease})
        if answer.status != 200:
            return answer
        await asyncio.sleep(0.1)
    return answer


async def test_a_leased_login(vault: api.Api, database: str) -> None:
    """Each read gives a new login with a lease of its own."""
    answers = [await vault.ask("GET", f"{database}/creds/app") for _ in range(2)]
    for answer in answers:
        assert answer.json["lease_id"].startswith(f"{database}/creds/app/")
        assert (answer.json["lease_duration"], answer.json["renewable"]) == ("3600", True)
        assert list(answer.data) == ["password", "username"]
        assert answer.data["username"].startswith("v-root-app-")
    assert answers[0].data != answers[1].data


async def test_a_lease_looked_up(vault: api.Api, database: str) -> None:
    """A lease can be looked up by its id."""
    lease = (await vault.ask("GET", f"{database}/creds/app")).json["lease_id"]
    shown = (await vault.ask("PUT", "sys/leases/lookup", {"lease_id": lease})).data
    assert list(shown) == ["expire_time", "id", "issue_time", "last_renewal", "renewable", "ttl"]
    assert (shown["id"], shown["last_renewal"], int(shown["ttl"]) in range(3590, 3601)) == (lease, None, True)


async def test_a_lease_renewed(vault: api.Api, database: str) -> None:
    """A renewal gives the lease its time again, up to the maximum."""
    lease = (await vault.ask("GET", f"{database}/creds/app")).json["lease_id"]
    answer = await vault.ask("PUT", "sys/leases/renew", {"lease_id": lease})
    assert (answer.json["lease_id"], answer.json["lease_duration"], answer.data) == (lease, "3600", None)
    answer = await vault.ask("PUT", "sys/leases/renew", {"lease_id": lease, "increment": "5h"})
    assert int(answer.json["lease_duration"]) in (7199, 7200)
    assert answer.warnings == ['TTL of "5h" exceeded the effective max_ttl of "2h"; TTL value is capped accordingly']


async def test_a_lease_near_its_end(vault: api.Api, database: str) -> None:
    """A renewal gives what is left until the maximum, and the lease still counts as renewable."""
    lease = (await vault.ask("GET", f"{database}/creds/near")).json["lease_id"]
    await asyncio.sleep(1.2)
    answer = await vault.ask("PUT", "sys/leases/renew", {"lease_id": lease, "increment": 60})
    assert (int(answer.json["lease_duration"]) in (28, 29), answer.json["renewable"]) == (True, True)
    answer = await vault.ask("PUT", "sys/leases/renew", {"lease_id": lease, "increment": 0})
    assert answer.json["lease_duration"] == "20"


async def test_a_lease_of_a_batch_token(vault: api.Api, database: str) -> None:
    """It is given no more time than the token has, nor by a renewal; only its own revocation can end it early."""
    rules = f'path "{database}/creds/*" {{ capabilities = ["read"] }}'
    token = await vault.token(await vault.policy(rules), type="batch", ttl="50s")
    answer = await vault.ask("GET", f"{database}/creds/app", token=token)
    lease = answer.json["lease_id"]
    assert (int(answer.json["lease_duration"]) in range(47, 51), answer.json["renewable"]) == (True, True)
    answer = await vault.ask("PUT", "sys/leases/renew", {"lease_id": lease, "increment": 3600}, token=token)
    assert int(answer.json["lease_duration"]) in range(47, 51)
    refused = await vault.ask("PUT", "sys/leases/revoke", {"lease_id": lease}, token=token)
    assert refused.refused == (403, api.DENIED)


async def test_a_lease_revoked_by_the_token_that_read_it(vault: api.Api, database: str) -> None:
    """Where a policy lets it; Vault's default policy does not."""
    revoking = await vault.allow("sys/leases/revoke", "update")
    token = await vault.token(await vault.allow(f"{database}/creds/*"), revoking, type="batch", ttl="50s")
    lease = (await vault.ask("GET", f"{database}/creds/app", token=token)).json["lease_id"]
    assert (await vault.ask("PUT", "sys/leases/revoke", {"lease_id": lease}, token=token)).status == 204
    assert (await _until_gone(vault, lease)).refused == (400, ["invalid lease"])


async def test_a_lease_revoked(vault: api.Api, database: str) -> None:
    """A revoked lease is not known any more."""
    lease = (await vault.ask("GET", f"{database}/creds/app")).json["lease_id"]
    await vault.done("PUT", "sys/leases/revoke", {"lease_id": lease})
    assert (await _until_gone(vault, lease)).refused == (400, ["invalid lease"])
    answer = await vault.ask("PUT", "sys/leases/renew", {"lease_id": lease})
    assert answer.refused == (400, ["lease not found"])


async def test_a_lease_that_ran_out(vault: api.Api, database: str) -> None:
    """A lease ends with its time."""
    lease = (await vault.ask("GET", f"{database}/creds/short")).json["lease_id"]
    assert (await _until_gone(vault, lease)).refused == (400, ["invalid lease"])


async def test_a_lease_dies_with_its_token(vault: api.Api, database: str) -> None:
    """Revoking the token that read a login ends the login's lease."""
    token = await vault.token(await vault.allow(f"{database}/creds/*"))
    lease = (await vault.ask("GET", f"{database}/creds/app", token=token)).json["lease_id"]
    assert (await vault.ask("PUT", "sys/leases/renew", {"lease_id": lease}, token=token)).status == 200
    await vault.ask("POST", "auth/token/revoke-self", token=token)
    assert (await _until_gone(vault, lease)).refused == (400, ["invalid lease"])


async def test_a_lease_dies_when_its_token_expires(vault: api.Api, database: str) -> None:
    """A login does not outlive the token that read it, whatever its lease says."""
    token = await vault.token(await vault.allow(f"{database}/creds/*"), ttl="1s")
    lease = (await vault.ask("GET", f"{database}/creds/app", token=token)).json["lease_id"]
    assert (await _until_gone(vault, lease)).refused == (400, ["invalid lease"])


async def test_a_token_with_one_use_left_gets_no_lease(vault: api.Api, database: str) -> None:
    """The last use of a token cannot give a login, for it would be revoked at once."""
    token = await vault.token(await vault.allow(f"{database}/creds/*"), num_uses=1)
    answer = await vault.ask("GET", f"{database}/creds/app", token=token)
    said = "Secret cannot be returned; token had one use left, so leased credentials were immediately revoked."
    assert answer.refused == (400, [said])


@pytest.mark.parametrize(
    ("method", "path", "refused"),
    [
        ("GET", "creds/nope", (400, ["unknown role: nope"])),
        ("GET", "creds/other", (500, ['1 error occurred:\n\t* "other" is not an allowed role\n\n'])),
        ("PUT", "creds/app", (405, api.UNSUPPORTED)),
    ],
)
async def test_a_refused_login(
    vault: api.Api, database: str, method: str, path: str, refused: tuple[int, list[str]]
) -> None:
    """What cannot be given is refused."""
    assert (await vault.ask(method, f"{database}/{path}")).refused == refused


async def test_a_lease_that_never_was(vault: api.Api) -> None:
    """An unknown lease cannot be looked up or renewed; revoking it is no error."""
    body = {"lease_id": "no/such/lease"}
    assert (await vault.ask("PUT", "sys/leases/lookup", body)).refused == (400, ["invalid lease"])
    assert (await vault.ask("PUT", "sys/leases/renew", body)).refused == (400, ["lease not found"])
    assert (await vault.ask("PUT", "sys/leases/revoke", body)).status == 204
