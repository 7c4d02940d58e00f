"""Who a pod is to Vault: real tokens, real reviews, and what is said where they do not fit."""

import asyncio
import time
from pathlib import Path

import pytest

from provider.dev import driver
from tests.real import bed, nodes

pytestmark = pytest.mark.real


def _prepared(parts: bed.Bed, name: str, **parameters: str) -> None:
    """A secret and a class, both called `name`, read with the role of that name."""
    parts.vault.request("POST", f"secret/data/{name}", {"data": {"k": f"of {name}"}})
    objects = f"- {{objectName: k, secretPath: secret/data/{name}, secretKey: k}}"
    parts.cluster.provider_class("production", name, {"roleName": name, "objects": objects, **parameters})


async def test_a_wrong_service_account_is_told_in_vaults_words_and_ours(parts: bed.Bed, node: nodes.Node) -> None:
    """What the pod's owner reads names the account and the role's field."""
    parts.role("guarded", {"secret/data/guarded": ["read"]})
    _prepared(parts, "guarded")
    intruder = parts.cluster.pod("production", "intruder-0", "intruder", classes=["guarded"])
    with pytest.raises(driver.PublishFailed) as caught:
        await node.publish(intruder, "guarded")
    assert "service account name not authorized" in str(caught.value)
    assert "add intruder to bound_service_account_names" in str(caught.value)


async def test_a_role_that_was_mended_serves_the_pods_next_try(parts: bed.Bed, node: nodes.Node) -> None:
    """The kubelet tries again after half a second; a refusal is not remembered for longer than that at first."""
    parts.role("mended", {"secret/data/mended": ["read"]}, bound_service_account_names=["other"])
    _prepared(parts, "mended")
    pod = parts.cluster.pod("production", "mended-0", "mended", classes=["mended"])
    with pytest.raises(driver.PublishFailed, match="service account name not authorized"):
        await node.publish(pod, "mended")
    before = len(parts.vault.audit())
    with pytest.raises(driver.PublishFailed, match="next login attempt in"):
        await node.publish(pod, "mended")
    assert len(parts.vault.audit()) == before
    parts.role("mended", {"secret/data/mended": ["read"]})
    await asyncio.sleep(0.5)
    assert (await node.publish(pod, "mended")).text("k") == "of mended"


async def test_a_custom_audience(parts: bed.Bed, tmp_path: Path) -> None:
    """A token for that audience is used, and one for another is refused by Vault."""
    parts.role("custom", {"secret/data/custom": ["read"]}, audience="https://vault.example")
    _prepared(parts, "custom", audience="https://vault.example")
    pod = parts.cluster.pod("production", "custom-0", "custom", classes=["custom"])
    node = nodes.DoubleNode(parts, tmp_path, audiences=["vault", "https://vault.example"])
    assert (await node.publish(pod, "custom")).text("k") == "of custom"
    _prepared(parts, "custom", audience="vault")
    other = parts.cluster.pod("production", "custom-1", "custom", classes=["custom"])
    with pytest.raises(driver.PublishFailed, match="audience"):
        await node.publish(other, "custom")
    await node.close()


@pytest.mark.parametrize("audience", ["vault", ""])
async def test_without_a_token_the_provider_asks_for_one(parts: bed.Bed, tmp_path: Path, audience: str) -> None:
    """A CSIDriver without tokenRequests: TokenRequest with the provider's own rights, bound to the pod."""
    name = f"asked-{audience or 'default'}"
    bound = {"audience": audience} if audience else {"audience": None}
    parts.role(name, {f"secret/data/{name}": ["read"]}, **bound)
    _prepared(parts, name, **({"audience": audience} if audience else {}))
    pod = parts.cluster.pod("production", f"{name}-0", name, classes=[name])
    node = nodes.DoubleNode(parts, tmp_path, audiences=[])
    assert (await node.publish(pod, name)).text("k") == f"of {name}"
    await node.close()


def _trusting(parts: bed.Bed, trust: str) -> dict[str, str]:
    """The configuration of a jwt auth method that knows the cluster's keys in that way."""
    if trust == "keys":
        return {"jwt_validation_pubkeys": parts.server.public_key.read_text()}
    _open_keys(parts)
    if trust == "jwks":
        return {"jwks_url": f"{parts.server.address}/openid/v1/jwks", "jwks_ca_pem": parts.authority.pem}
    return {
        "oidc_discovery_url": parts.server.address,
        "oidc_discovery_ca_pem": parts.authority.pem,
        "bound_issuer": parts.server.address,
    }


@pytest.mark.parametrize("trust", ["keys", "jwks", "discovery"])
async def test_jwt_auth(parts: bed.Bed, double: nodes.DoubleNode, trust: str) -> None:
    """Vault checks the token itself, by the API server's keys: given, fetched or discovered; no token is reviewed."""
    name = f"jwt-{trust}"
    config = _trusting(parts, trust)
    parts.vault.request("POST", f"sys/auth/{name}", {"type": "jwt"})
    parts.vault.request("POST", f"auth/{name}/config", config)
    parts.vault.set_policy(name, {f"secret/data/{name}": ["read"]})
    role = {
        "role_type": "jwt",
        "bound_audiences": ["vault"],
        "user_claim": "sub",
        "bound_subject": f"system:serviceaccount:production:{name}",
        "token_policies": [name],
    }
    parts.vault.request("POST", f"auth/{name}/role/{name}", role)
    _prepared(parts, name, vaultAuthMountPath=name)
    pod = parts.cluster.pod("production", f"{name}-0", name, classes=[name])
    assert (await double.publish(pod, name)).text("k") == f"of {name}"
    other = parts.cluster.pod("production", f"{name}-1", "other", classes=[name])
    with pytest.raises(driver.PublishFailed, match="sub"):
        await double.publish(other, name)


def _open_keys(parts: bed.Bed) -> None:
    """Vault asks for the keys without credentials, which a cluster must allow."""
    parts.cluster.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "anyone-discovers-the-issuer"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "system:service-account-issuer-discovery",
            },
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:unauthenticated"}],
        }
    )


async def test_tokens_that_live_five_seconds_serve_mounts_for_longer(parts: bed.Bed, double: nodes.DoubleNode) -> None:
    """Eight seconds of republishing: none fails, and there is a login for each 4.5 s begun, not for each mount."""
    parts.role("short", {"secret/data/short": ["read"]}, token_ttl="5s", token_max_ttl="5s")
    _prepared(parts, "short")
    pod = parts.cluster.pod("production", "short-0", "short", classes=["short"])
    before, started = len(parts.vault.audit()), time.monotonic()
    for _ in range(32):
        assert (await double.publish(pod, "short")).text("k") == "of short"
        await asyncio.sleep(0.25)
    asked = [line["request"]["path"] for line in parts.vault.audit()[before:] if line["type"] == "request"]
    assert 2 <= asked.count("auth/kubernetes/login") <= 1 + (time.monotonic() - started) // 4.5
    assert asked.count("secret/data/short") == 32


async def test_a_revoked_token_costs_one_login_and_a_denied_path_none(parts: bed.Bed, node: nodes.Node) -> None:
    """Vault's own words tell them apart."""
    parts.role("revoked", {"secret/data/revoked": ["read"]}, token_no_default_policy=True)
    _prepared(parts, "revoked")
    pod = parts.cluster.pod("production", "revoked-0", "revoked", classes=["revoked", "denied"])
    await node.publish(pod, "revoked")
    before = len(parts.vault.audit())
    parts.vault.request("PUT", "sys/leases/revoke-prefix/auth/kubernetes/login")
    await node.republish(pod, "revoked")
    assert _logins(parts, before) == 1
    objects = "- {objectName: x, secretPath: secret/data/denied}"
    parts.cluster.provider_class("production", "denied", {"roleName": "revoked", "objects": objects})
    for _ in range(3):
        with pytest.raises(driver.PublishFailed, match=r'path "secret/data/denied" \{ capabilities = \["read"\] \}'):
            await node.publish(pod, "denied")
    assert _logins(parts, before) == 1


async def test_tokens_with_few_uses_serve_a_mount_of_many_objects(parts: bed.Bed, node: nodes.Node) -> None:
    """A role's token_num_uses below the number of objects."""
    parts.role("uses", {"secret/data/uses/*": ["read"]}, token_num_uses=3)
    for number in range(8):
        parts.vault.request("POST", f"secret/data/uses/{number}", {"data": {"k": f"v{number}"}})
    objects = "".join(f"- {{objectName: f{n}, secretPath: secret/data/uses/{n}, secretKey: k}}\n" for n in range(8))
    parts.cluster.provider_class("production", "uses", {"roleName": "uses", "objects": objects})
    pod = parts.cluster.pod("production", "uses-0", "uses", classes=["uses"])
    volume = await node.publish(pod, "uses")
    assert [volume.text(f"f{n}") for n in range(8)] == [f"v{n}" for n in range(8)]


async def test_namespaces_of_vault(parts: bed.Bed, node: nodes.Node) -> None:
    """Login and read in a namespace, where the server has them."""
    if not parts.vault.request("GET", "sys/health")["enterprise"]:
        pytest.skip("this Vault has no namespaces: its Enterprise edition has")
    parts.vault.request("POST", "sys/namespaces/team")
    parts.vault.request("POST", "sys/mounts/secret", {"type": "kv", "options": {"version": "2"}}, namespace="team")
    parts.vault.request("POST", "secret/data/spaced", {"data": {"k": "in team"}}, namespace="team")
    bed.configure_kubernetes_auth(parts.vault, parts.cluster, parts.server, namespace="team")
    parts.role("spaced", {"secret/data/spaced": ["read"]}, namespace="team")
    _prepared(parts, "spaced", vaultNamespace="team")
    pod = parts.cluster.pod("production", "spaced-0", "spaced", classes=["spaced"])
    assert (await node.publish(pod, "spaced")).text("k") == "in team"


def _logins(parts: bed.Bed, since: int) -> int:
    paths = [line["request"]["path"] for line in parts.vault.audit()[since:] if line["type"] == "request"]
    return paths.count("auth/kubernetes/login")
