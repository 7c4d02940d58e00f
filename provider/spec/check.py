"""Checks a whole SPC at once: either a `model.MountSpec`, or every problem there is."""

import dataclasses
from typing import Final

from provider import errors, findings, model
from provider.base import messages, nearest, units, vault_path
from provider.shapes import contract
from provider.spec import addresses, attributes, objects, parameters, refresh_policy, shared_templates
from provider.vault.auth import method, registry

_Found = dict[str, parameters.Found]

_CA: Final = ("ca_cert_path", "ca_pem", "ca_directory")
"""The three ways to name a CA, the one that wins first."""

_PAIR: Final = ("client_cert_path", "client_key_path")


def build(
    sent: attributes.Attributes,
    *,
    target_path: str,
    defaults: parameters.Defaults,
    dialect: parameters.Dialect,
    auth_methods: registry.AuthMethods,
) -> model.MountSpec:
    """Understand one mount request; see `examine`.

    Raises:
        errors.SpecError: with every problem, each naming the object or the parameter, and what to write instead.
        errors.SettingsError: the SPC is right, but the provider's own address, on which it relies, is not valid.
    """
    spec, found = examine(
        sent,
        target_path=target_path,
        defaults=defaults,
        dialect=dialect,
        auth_methods=auth_methods,
        thorough=False,
    )
    if spec is None:
        raise errors.SpecError([each for each in found if _explains_failure(each)])
    return spec


def _explains_failure(found: findings.Finding) -> bool:
    """Whether a finding tells why the mount cannot be: what is missing may be there under a misspelt name."""
    is_misspelt = "did you mean" in found.fix and not found.subject.entry
    return found.severity is findings.Severity.ERROR or is_misspelt


def examine(
    sent: attributes.Attributes,
    *,
    target_path: str,
    defaults: parameters.Defaults,
    dialect: parameters.Dialect,
    auth_methods: registry.AuthMethods,
    thorough: bool = True,
) -> tuple[model.MountSpec | None, tuple[findings.Finding, ...]]:
    """Understand one mount request, and report all that is wrong or doubtful. None where anything is wrong.

    Args:
        sent: what the driver sent, taken apart.
        target_path: where the driver will put the files.
        defaults: what the provider's flags and environment say.
        dialect: how parameters are spelt on the socket that was called.
        auth_methods: the ways to log in.
        thorough: whether templates are compiled, to report what is wrong with them; a mount does so by itself.

    Raises:
        errors.SettingsError: the SPC is right, but the provider's own address, on which it relies, is not valid.
    """
    found, report = parameters.find(sent.values, dialect), findings.Report()
    if not target_path:
        report.error(findings.Subject(), "the mount request has no target path", "the driver sends one with every call")
    _refuse_control(found, report)
    known_method = _auth_method(found["auth_method"], auth_methods, report)
    role = _role(found["role"], known_method.role_advice if known_method else "", report)
    auth_method = known_method or auth_methods.default
    own_mount = defaults.auth_mount.strip("/") if auth_method is auth_methods.default else ""
    mount = _mount(found, own_mount or auth_method.name, report)
    namespace = _inside(found["namespace"], "namespace", report) or defaults.namespace.strip("/")
    tls = _tls(found, defaults.tls, report)
    spc_addresses = _addresses(found["address"], report)
    parameters.check_names(sent.values, dialect, report)
    _warn_of_hidden_ca(found, report)
    lifecycle = _lifecycle(found, defaults, report)
    interval = _interval(found["refresh_interval"], defaults, report)
    templates = shared_templates.parse(found["templates"].text, report)
    if thorough:
        shared_templates.check(templates, report)
    wanted = _objects(found["objects"], contract.Shared(namespace, templates, interval, thorough), report)
    if report.errors:
        return None, report.found
    spec = model.MountSpec(
        target=model.Target(spc_addresses or _default_addresses(defaults), tls),
        login=model.Login(
            role,
            mount,
            namespace,
            auth_method.name,
            _options(auth_method, found, dialect),
            auth_methods.fingerprint(auth_method, sent.secrets),
        ),
        objects=wanted,
        target_path=target_path,
        default_mode=sent.default_mode,
        lifecycle=lifecycle,
        pod=sent.pod,
        provider_class=sent.provider_class,
        tokens=sent.tokens,
        secrets=sent.secrets,
        warnings=tuple(report.warnings),
    )
    return spec, report.found


def _error(report: findings.Report, one: parameters.Found, message: str, fix: str = "") -> None:
    report.error(findings.Subject(one.name), message, fix)


def _refuse_control(found: _Found, report: findings.Report) -> None:
    for row in parameters.TABLE:
        one = found[row.field]
        if row.kind in (parameters.Kind.TEXT, parameters.Kind.PATH) and vault_path.has_control(one.text):
            _error(report, one, f"{one.name} has a control character or a line break", "write it in one line")


def _auth_method(
    one: parameters.Found, auth_methods: registry.AuthMethods, report: findings.Report
) -> method.Method | None:
    if not one.text:
        return auth_methods.default
    found, names = auth_methods.find(one.text), auth_methods.names
    if found is None:
        fix = findings.joined(f"write {' or '.join(names)}", nearest.advice(one.text, names))
        _error(report, one, f"{one.name}: {messages.quoted(one.text)} is unknown", fix)
    return found


def _options(auth_method: method.Method, found: _Found, dialect: parameters.Dialect) -> tuple[tuple[str, str], ...]:
    """What the method reads of the SPC for itself, as far as it is there."""
    texts = {name: one.text for name, one in found.items()} | {"default_audience": dialect.default_audience}
    return tuple((name, texts[name]) for name in auth_method.options if texts[name])


def _role(one: parameters.Found, advice: str, report: findings.Report) -> str:
    if not one.text and advice:
        hides = f" ({one.name} is empty and hides it)" if one.given and one.name != "roleName" else ""
        _error(report, one, f"roleName is missing{hides}", advice)
    return one.text


def _mount(found: _Found, default: str, report: findings.Report) -> str:
    old, new = found["kubernetes_mount"], found["auth_mount"]
    if old.given and new.given:
        fix = f"keep {new.name} and remove the other"
        _error(report, old, f"{old.name} and {new.name} are both set", fix)
    chosen = new if new.given else old
    return _inside(chosen, "auth mount", report) or default


def _inside(one: parameters.Found, what: str, report: findings.Report) -> str:
    try:
        return vault_path.clean_inside(one.text)
    except vault_path.BadPath as error:
        _error(report, one, f"{one.name}: the {what} {error.message}", error.fix)
        return ""


def _tls(found: _Found, defaults: model.Tls, report: findings.Report) -> model.Tls:
    """The SPC's settings over the defaults, field by field; but the three ways to name a CA are one setting.

    Otherwise a CA file of the provider's would win over the directory that the SPC asks for.
    """
    text = {name: found[name].text for name in (*_CA, "server_name", *_PAIR)}
    if any(text[name] for name in _CA):
        defaults = dataclasses.replace(defaults, ca_cert_path="", ca_pem="", ca_directory="")
    tls = model.Tls(
        ca_cert_path=text["ca_cert_path"] or defaults.ca_cert_path,
        ca_directory=text["ca_directory"] or defaults.ca_directory,
        ca_pem=text["ca_pem"] or defaults.ca_pem,
        server_name=text["server_name"] or defaults.server_name,
        client_cert_path=text["client_cert_path"] or defaults.client_cert_path,
        client_key_path=text["client_key_path"] or defaults.client_key_path,
        skip_verify=_flag(found["skip_verify"], report, defaults.skip_verify),
    )
    if text["ca_pem"] and "-----BEGIN " not in text["ca_pem"]:
        fix = "give the certificate with its BEGIN and END lines, or name a file with "
        one = found["ca_pem"]
        _error(report, one, f"{one.name} is no PEM text", f"{fix}{found['ca_cert_path'].name}")
    for has, lacks in (_PAIR, _PAIR[::-1]):
        if text[has] and not getattr(tls, lacks):
            _error(report, found[has], f"{found[has].name} is of no use alone", f"set {found[lacks].name} too")
    return tls


def _flag(one: parameters.Found, report: findings.Report, default: bool) -> bool:
    if one.given:
        try:
            return units.parse_bool(one.text)
        except ValueError:
            _error(report, one, f"{one.name}: {messages.quoted(one.text)} is no boolean", "write true or false")
    return default


def _warn_of_hidden_ca(found: _Found, report: findings.Report) -> None:
    given = [found[name].name for name in _CA if found[name].text]
    for name in given[1:]:
        report.warn(findings.Subject(name), f"parameter {name} is ignored, because {given[0]} wins over it")


def _addresses(one: parameters.Found, report: findings.Report) -> tuple[str, ...]:
    """The SPC's addresses, none where it is silent."""
    if not one.text:
        return ()
    try:
        return addresses.read(one.text)
    except addresses.BadAddress as error:
        _error(report, one, f"{one.name} {error.message}", error.fix)
        return ()


def _default_addresses(defaults: parameters.Defaults) -> tuple[str, ...]:
    try:
        return addresses.read(defaults.address)
    except addresses.BadAddress as error:
        raise errors.SettingsError(
            f"the provider's own address of Vault {error}", hint="it comes from -vault-addr or VAULT_ADDR"
        ) from None


def _lifecycle(found: _Found, defaults: parameters.Defaults, report: findings.Report) -> model.Lifecycle:
    return model.Lifecycle(
        refresh_token=found["refresh_token"].text,
        scope=_scope(found["lease_scope"], report),
        revoke=_flag(found["revoke_on_pod_delete"], report, defaults.revoke_on_pod_delete),
    )


def _interval(one: parameters.Found, defaults: parameters.Defaults, report: findings.Report) -> float:
    if one.text:
        try:
            return refresh_policy.interval(one.text)
        except refresh_policy.BadInterval as error:
            _error(report, one, f"{one.name}: {error.message}", error.fix)
    return defaults.refresh_interval


def _scope(one: parameters.Found, report: findings.Report) -> model.LeaseScope:
    known = {scope.value: scope for scope in model.LeaseScope}
    if one.text and one.text not in known:
        _error(report, one, f"{one.name}: {messages.quoted(one.text)} is unknown", f"write {' or '.join(known)}")
    return known.get(one.text, model.LeaseScope.POD)


def _objects(one: parameters.Found, shared: contract.Shared, report: findings.Report) -> tuple[model.Object, ...]:
    if one.given:
        return objects.parse(one.text, shared, report)
    example = "objects: '[{objectName: password, secretPath: secret/data/my-app, secretKey: password}]'"
    _error(report, one, "objects is missing", f"name the files to make, for example {example}")
    return ()
