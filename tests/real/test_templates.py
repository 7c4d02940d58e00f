"""Templates on a real Vault: what they read, by which paths, and what they make."""

import pytest
from cryptography import x509

from tests.real import bed, nodes
from tests.real.servers import postgres

pytestmark = pytest.mark.real

INJECTOR = """
- objectName: database.env
  template: |
    {{- with secret "secret/data/shop/database" -}}
    export DB_HOST="{{ .Data.data.host }}"
    export DB_PASS="{{ .Data.data.password }}"
    {{- end }}
- objectName: short
  template: '{{ with secret "secret/shop/database" }}{{ .Data.data.host }}:{{ .Data.data.port }}{{ end }}'
- objectName: names
  template: '{{ range secrets "secret/shop" }}{{ . }};{{ end }}'
- {objectName: password, secretPath: secret/data/shop/database, secretKey: password}
"""
ISSUED = """
- objectName: bundle.pem
  template: |
    {{ with pkiCert "%s/issue/web" "common_name=shop.production.internal" }}{{ .Key }}{{ .Cert }}{{ .CA }}{{ end }}
- objectName: pgpass
  template: '{{ with secret "database/creds/app" }}db:5432:app:{{ .Data.username }}:{{ .Data.password }}{{ end }}'
- {objectName: username, secretPath: database/creds/app, secretKey: username}
"""


async def test_key_values_in_templates(parts: bed.Bed, node: nodes.Node) -> None:
    """The injector's template; paths without data/ by a policy for the real ones; a listing; one read of each."""
    parts.role("shop", {"secret/data/shop/*": ["read"], "secret/metadata/shop/*": ["list"]})
    data = {"host": "db.internal", "password": "p1", "port": 5432}
    parts.vault.request("POST", "secret/data/shop/database", {"data": data})
    parts.cluster.provider_class("production", "shop", {"roleName": "shop", "objects": INJECTOR})
    pod = parts.cluster.pod("production", "shop-0", "shop", classes=["shop"])
    before = len(parts.vault.audit())
    volume = await node.publish(pod, "shop")
    assert volume.text("database.env") == 'export DB_HOST="db.internal"\nexport DB_PASS="p1"\n'
    assert volume.text("short") == "db.internal:5432"
    assert volume.text("names") == "database;"
    assert volume.text("password") == "p1"
    asked = [line["request"]["path"] for line in parts.vault.audit()[before:] if line["type"] == "request"]
    assert asked.count("secret/data/shop/database") == 1
    again = await node.republish(pod, "shop")
    assert again.versions == volume.versions


async def test_what_engines_make_in_templates(
    parts: bed.Bed, node: nodes.Node, pki: str, database: postgres.Running
) -> None:
    """Key, certificate and issuer of one issue; a login that another object shares."""
    parts.role("issued", {f"{pki}/issue/web": ["update"], "database/creds/app": ["read"]})
    parts.cluster.provider_class("production", "issued", {"roleName": "issued", "objects": ISSUED % pki})
    pod = parts.cluster.pod("production", "issued-0", "issued", classes=["issued"])
    volume = await node.publish(pod, "issued")
    bundle = volume.text("bundle.pem")
    leaf, authority = x509.load_pem_x509_certificates(bundle.encode())
    assert bundle.startswith("-----BEGIN ")
    assert "PRIVATE KEY-----\n" in bundle.partition("-----BEGIN CERTIFICATE")[0]
    leaf.verify_directly_issued_by(authority)
    assert volume.text("pgpass").split(":")[3] == volume.text("username")
