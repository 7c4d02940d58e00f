"""Flags and environment: the Go providers' spellings, defaults and precedence."""

import math
import operator
from pathlib import Path
from typing import Any

import pytest

from provider import errors, settings
from provider.cli import flags, version


def vault(arguments: list[str], **environment: str) -> Any:
    return flags.parse(arguments, environment).settings.access.vault


def test_defaults_are_the_go_providers() -> None:
    """Started with nothing, it behaves as the other would."""
    chosen = flags.parse([], {})
    assert chosen.settings.serve.endpoints == (Path("/tmp/vault.sock"),)  # noqa: S108
    assert chosen.settings.serve.health_addr == ":8080"
    assert chosen.settings.serve.log_level == "info"
    assert chosen.settings.kubernetes.hmac_secret_name == "vault-csi-provider-hmac-key"
    assert chosen.settings.access.cache_size == 1000
    assert chosen.settings.access.vault.auth_mount == "kubernetes"
    assert not chosen.show_version


@pytest.mark.parametrize(
    "arguments",
    [
        ["-vault-addr=https://v:1"],
        ["--vault-addr=https://v:1"],
        ["-vault-addr", "https://v:1"],
        ["--vault-addr", "https://v:1"],
    ],
)
def test_one_dash_or_two_equals_or_space(arguments: list[str]) -> None:
    """As Go's flag package takes them."""
    assert vault(arguments).address == "https://v:1"


def test_what_the_vault_helm_chart_passes_is_understood() -> None:
    """Args and environment of the chart's DaemonSet."""
    chosen = flags.parse(
        [
            "--endpoint=/provider/vault.sock",
            "--log-level=info",
            "--hmac-secret-name=vault-csi-provider-hmac-key",
        ],
        {"VAULT_ADDR": "unix:///var/run/vault/agent.sock"},
    )
    assert chosen.settings.serve.endpoints == (Path("/provider/vault.sock"),)
    assert chosen.settings.access.vault.address == "unix:///var/run/vault/agent.sock"


def test_the_node_is_named_by_the_environment_too() -> None:
    """NODE_NAME, which a manifest can fill from the pod's own spec; the flag wins."""
    assert flags.parse([], {"NODE_NAME": "n"}).settings.kubernetes.node_name == "n"
    assert flags.parse(["-node-name=flag"], {"NODE_NAME": "n"}).settings.kubernetes.node_name == "flag"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], 900.0),
        (["-max-renew-interval=1h"], 3600.0),
        (["-max-renew-interval=0"], math.inf),
        (["-max-renew-interval", "0s"], math.inf),
    ],
)
def test_the_time_between_renewals_has_a_limit(arguments: list[str], expected: float) -> None:
    """A quarter of an hour; none with 0."""
    assert flags.parse(arguments, {}).settings.refresh.max_renew_interval == expected


def test_several_endpoints() -> None:
    """-endpoint may be repeated."""
    chosen = flags.parse(["-endpoint=/a/vault.sock", "-endpoint", "/a/openbao.sock"], {})
    assert chosen.settings.serve.endpoints == (Path("/a/vault.sock"), Path("/a/openbao.sock"))


def test_a_flag_wins_over_the_environment() -> None:
    """Environment < flags."""
    assert vault(["-vault-namespace=flag"], VAULT_NAMESPACE="env").namespace == "flag"
    assert vault([], VAULT_NAMESPACE="env").namespace == "env"


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("VAULT_CACERT", "/ca", "ca_cert_path", "/ca"),
        ("VAULT_CACERT_BYTES", "PEM", "ca_pem", "PEM"),
        ("VAULT_CAPATH", "/cas", "ca_directory", "/cas"),
        ("VAULT_CLIENT_CERT", "/c", "client_cert_path", "/c"),
        ("VAULT_CLIENT_KEY", "/k", "client_key_path", "/k"),
        ("VAULT_TLS_SERVER_NAME", "n", "server_name", "n"),
        ("VAULT_SKIP_VERIFY", "T", "skip_verify", True),
        ("VAULT_SKIP_VERIFY", "0", "skip_verify", False),
        ("BAO_CACERT", "/bao", "ca_cert_path", "/bao"),
    ],
)
def test_every_variable_fills_its_field(variable: str, value: str, field: str, expected: object) -> None:
    """VAULT_* and their BAO_* twins."""
    assert getattr(vault([], **{variable: value}).tls, field) == expected


def test_a_ca_by_flag_stands_against_every_ca_of_the_environment() -> None:
    """A directory by flag is not beaten by a file in VAULT_CACERT."""
    tls = vault(["-vault-tls-ca-directory=/flag"], VAULT_CACERT="/env").tls
    assert (tls.ca_cert_path, tls.ca_directory) == ("", "/flag")


@pytest.mark.parametrize("prefix", ["vault", "openbao"])
@pytest.mark.parametrize(
    ("flag", "where"),
    [
        ("addr", "address"),
        ("mount", "auth_mount"),
        ("namespace", "namespace"),
        ("tls-ca-cert", "tls.ca_cert_path"),
        ("tls-ca-directory", "tls.ca_directory"),
        ("tls-server-name", "tls.server_name"),
        ("tls-client-cert", "tls.client_cert_path"),
        ("tls-client-key", "tls.client_key_path"),
    ],
)
def test_every_flag_of_either_prefix_fills_its_field(prefix: str, flag: str, where: str) -> None:
    """A swapped certificate and key would show here."""
    access = flags.parse([f"-{prefix}-{flag}=the-value"], {}).settings.access
    assert operator.attrgetter(where)(getattr(access, prefix)) == "the-value"


@pytest.mark.parametrize(
    ("arguments", "where", "expected"),
    [
        (["-cache-size=0"], "access.cache_size", 0),
        (["-hmac-secret-name=other"], "kubernetes.hmac_secret_name", "other"),
        (["-health-addr="], "serve.health_addr", ""),
        (["-admin-socket=run/admin.sock"], "serve.admin_socket", Path.cwd() / "run/admin.sock"),
        (["-admin-socket="], "serve.admin_socket", None),
        (["-state-dir=run/state"], "refresh.state_dir", Path.cwd() / "run/state"),
        (["-state-dir="], "refresh.state_dir", None),
        (["-health-addr", "127.0.0.1:9"], "serve.health_addr", "127.0.0.1:9"),
        (["-mount-timeout=2m"], "serve.mount_timeout", 120.0),
        (["-kubeconfig=/k"], "kubernetes.kubeconfig", "/k"),
        (["-node-name=n"], "kubernetes.node_name", "n"),
        (["-pod-events=false"], "kubernetes.pod_events", False),
        (["-vault-tls-skip-verify"], "access.vault.tls.skip_verify", True),
        (["-openbao-tls-skip-verify=1"], "access.openbao.tls.skip_verify", True),
    ],
)
def test_the_other_flags_fill_theirs(arguments: list[str], where: str, expected: object) -> None:
    """Numbers, durations, addresses and names."""
    assert operator.attrgetter(where)(flags.parse(arguments, {}).settings) == expected


def test_commands_that_take_vaults_flags_too_find_them_among_their_own() -> None:
    """`-openbao-addr` is not `-o penbao-addr`."""
    ours, others = flags.split(["-o", "json", "-openbao-addr", "https://b", "--spc", "f", "-vault-tls-skip-verify"])
    assert ours == ["-openbao-addr", "https://b", "-vault-tls-skip-verify"]
    assert others == ["-o", "json", "--spc", "f"]


def test_each_dialect_prefers_its_own_names() -> None:
    """BAO_* and -openbao-* first for openbao.sock, VAULT_* and -vault-* first for vault.sock."""
    access = flags.parse(
        ["-openbao-namespace=b", "-vault-namespace=v"], {"VAULT_ADDR": "https://v", "BAO_ADDR": "https://b"}
    ).settings.access
    assert (access.vault.address, access.openbao.address) == ("https://v", "https://b")
    assert (access.vault.namespace, access.openbao.namespace) == ("v", "b")


@pytest.mark.parametrize(
    ("arguments", "level"),
    [
        (["-debug"], "debug"),
        (["-debug=true"], "debug"),
        (["-debug=false"], "info"),
        (["-debug", "-log-level=warn"], "warn"),
    ],
)
def test_debug_is_the_old_name_of_a_level(arguments: list[str], level: str) -> None:
    """A level that is given wins over -debug, as in the Go provider."""
    assert flags.parse(arguments, {}).settings.serve.log_level == level


def test_client_timeout_and_retries() -> None:
    """VAULT_CLIENT_TIMEOUT takes seconds or a duration; VAULT_MAX_RETRIES a number."""
    access = flags.parse([], {"VAULT_CLIENT_TIMEOUT": "30", "VAULT_MAX_RETRIES": "0"}).settings.access
    assert (access.patience, access.retries) == (30.0, 0)
    assert flags.parse([], {"VAULT_CLIENT_TIMEOUT": "2m"}).settings.access.patience == 120.0
    assert flags.parse([], {"VAULT_CLIENT_TIMEOUT": "0"}).settings.access.patience is None


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        (["-nope"], {}, "-nope"),
        (["-cache-size=many"], {}, "-cache-size"),
        (["-cache-size=²"], {}, "-cache-size"),
        (["-mount-timeout=90"], {}, ""),
        (["-mount-timeout=soon"], {}, "30s, 5m or 1h30m"),
        (["-vault-tls-skip-verify=yes"], {}, "write true or false"),
        ([], {"VAULT_SKIP_VERIFY": "yes"}, "VAULT_SKIP_VERIFY"),
        ([], {"VAULT_CLIENT_TIMEOUT": "-5s"}, "VAULT_CLIENT_TIMEOUT"),
        ([], {"VAULT_CLIENT_TIMEOUT": "soon"}, "VAULT_CLIENT_TIMEOUT"),
        (["-endpoint"], {}, "endpoint"),
    ],
)
def test_bad_input_says_which_and_what_to_write(
    arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    """An error names the flag; a bare number of seconds is understood."""
    if not expected:
        assert flags.parse(arguments, environment).settings.serve.mount_timeout == 90.0
        return
    with pytest.raises(errors.SettingsError, match=expected):
        flags.parse(arguments, environment)


@pytest.mark.parametrize("form", version.FORMATS)
def test_the_version_is_printed_in_every_format(form: str) -> None:
    """With the field that scripts read."""
    assert "gitVersion" in version.text(form)


def test_an_unknown_format_is_an_error() -> None:
    """With the known ones."""
    with pytest.raises(errors.SettingsError, match="json-pretty"):
        version.text("xml")


def test_defaults_stand_in_one_place() -> None:
    """Nothing on the command line or in the environment: the settings as they are made."""
    assert flags.parse([], {}).settings == settings.Settings()
