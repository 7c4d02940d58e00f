"""The whole SPC, checked at once: either a `model.MountSpec` or every problem there is."""

import dataclasses
from typing import Final

from provider import errors, model
from provider.base import messages, nearest, units, vault_path
from provider.spec import addresses, attributes, parameters, refresh_policy, template_fields
from provider.spec import objects as objs
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
    """Understand one mount request.

    Args:
        sent: what the driver sent, taken apart.
        target_path: where the driver will put the files.
        defaults: what the provider's flags and environment say.
        dialect: how parameters are spelt on the socket that was called.
        auth_methods: the ways to log in.

    Raises:
        errors.SpecError: with every problem, each naming the object or the parameter, and what to write instead.
        errors.SettingsError: the SPC is right, but the provider's own address, on which it relies, is none.
    """
    found = parameters.find(sent.values, dialect)
    problems: list[str] = []
    if not target_path:
        problems.append("the mount request has no target path; the driver sends one with every call")
    _refuse_control(found, problems)
    known_method = _auth_method(found["auth_method"], auth_methods, problems)
    role = _role(found["role"], known_method.role_advice if known_method else "", problems)
    auth_method = known_method or auth_methods.default
    own_mount = defaults.auth_mount.strip("/") if auth_method is auth_methods.default else ""
    mount = _mount(found, own_mount or auth_method.name, problems)
    namespace = _inside(found["namespace"], "namespace", problems) or defaults.namespace.strip("/")
    tls = _tls(found, defaults.tls, problems)
    spc_addresses = _addresses(found["address"], problems)
    warnings = parameters.doubts(sent.values, dialect)
    warnings += _ca_doubts(found)
    fragments = template_fields.fragments(found["templates"].text)
    lifecycle = _lifecycle(found, defaults, problems)
    interval = _interval(found["refresh_interval"], defaults, problems)
    listed = _objects(found["objects"], objs.Shared(namespace, fragments.pairs, interval))
    problems += listed.problems + fragments.problems
    if problems:
        # What is missing may be there under a misspelt name.
        problems += [text for text in warnings if "did you mean" in text]
        raise errors.SpecError(messages.capped(problems, "problems"))
    return model.MountSpec(
        target=model.Target(spc_addresses or _default_addresses(defaults), tls),
        login=model.Login(
            role,
            mount,
            namespace,
            auth_method.name,
            _options(auth_method, found, dialect),
            auth_methods.fingerprint(auth_method, sent.secrets),
        ),
        objects=tuple(listed.objects),
        target_path=target_path,
        default_mode=sent.default_mode,
        lifecycle=lifecycle,
        pod=sent.pod,
        provider_class=sent.provider_class,
        tokens=sent.tokens,
        secrets=sent.secrets,
        warnings=messages.capped(warnings + listed.warnings, "warnings"),
    )


def _refuse_control(found: _Found, problems: list[str]) -> None:
    for row in parameters.TABLE:
        one = found[row.field]
        if row.kind in ("text", "path") and vault_path.has_control(one.text):
            problems.append(f"{one.name} has a control character or a line break; write it in one line")


def _auth_method(
    one: parameters.Found, auth_methods: registry.AuthMethods, problems: list[str]
) -> method.Method | None:
    if not one.text:
        return auth_methods.default
    found, names = auth_methods.find(one.text), auth_methods.names
    if found is None:
        known = f"write {' or '.join(names)}{nearest.advice(one.text, names)}"
        problems.append(f"{one.name}: {messages.quoted(one.text)} is unknown; {known}")
    return found


def _options(auth_method: method.Method, found: _Found, dialect: parameters.Dialect) -> tuple[tuple[str, str], ...]:
    """What the method reads of the SPC for itself, as far as it is there."""
    texts = {name: one.text for name, one in found.items()} | {"default_audience": dialect.default_audience}
    return tuple((name, texts[name]) for name in auth_method.options if texts[name])


def _role(one: parameters.Found, advice: str, problems: list[str]) -> str:
    if not one.text and advice:
        hides = f" ({one.name} is empty and hides it)" if one.given and one.name != "roleName" else ""
        problems.append(f"roleName is missing{hides}; {advice}")
    return one.text


def _mount(found: _Found, default: str, problems: list[str]) -> str:
    old, new = found["kubernetes_mount"], found["auth_mount"]
    if old.given and new.given:
        problems.append(f"{old.name} and {new.name} are both set; keep {new.name} and remove the other")
    chosen = new if new.given else old
    return _inside(chosen, "auth mount", problems) or default


def _inside(one: parameters.Found, what: str, problems: list[str]) -> str:
    try:
        return vault_path.clean_inside(one.text)
    except vault_path.BadPath as error:
        problems.append(f"{one.name}: the {what} {error}")
        return ""


def _tls(found: _Found, defaults: model.Tls, problems: list[str]) -> model.Tls:
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
        skip_verify=_flag(found["skip_verify"], problems, defaults.skip_verify),
    )
    if text["ca_pem"] and "-----BEGIN " not in text["ca_pem"]:
        problems.append(
            f"{found['ca_pem'].name} is no PEM text; give the certificate with its BEGIN and END lines, "
            f"or name a file with {found['ca_cert_path'].name}"
        )
    for has, lacks in (_PAIR, _PAIR[::-1]):
        if text[has] and not getattr(tls, lacks):
            problems.append(f"{found[has].name} is of no use alone; set {found[lacks].name} too")
    return tls


def _flag(one: parameters.Found, problems: list[str], default: bool) -> bool:
    if one.given:
        try:
            return units.parse_bool(one.text)
        except ValueError:
            problems.append(f"{one.name}: {messages.quoted(one.text)} is no boolean; write true or false")
    return default


def _ca_doubts(found: _Found) -> list[str]:
    given = [found[name].name for name in _CA if found[name].text]
    return [f"parameter {name} is ignored, because {given[0]} wins over it" for name in given[1:]]


def _addresses(one: parameters.Found, problems: list[str]) -> tuple[str, ...]:
    """The SPC's addresses, none where it is silent."""
    if not one.text:
        return ()
    try:
        return addresses.read(one.text)
    except addresses.BadAddress as error:
        problems.append(f"{one.name} {error}")
        return ()


def _default_addresses(defaults: parameters.Defaults) -> tuple[str, ...]:
    try:
        return addresses.read(defaults.address)
    except addresses.BadAddress as error:
        raise errors.SettingsError(
            f"the provider's own address of Vault {error}", hint="it comes from -vault-addr or VAULT_ADDR"
        ) from None


def _lifecycle(found: _Found, defaults: parameters.Defaults, problems: list[str]) -> model.Lifecycle:
    return model.Lifecycle(
        refresh_token=found["refresh_token"].text,
        scope=_scope(found["lease_scope"], problems),
        revoke=_flag(found["revoke_on_pod_delete"], problems, defaults.revoke_on_pod_delete),
    )


def _interval(one: parameters.Found, defaults: parameters.Defaults, problems: list[str]) -> float:
    if one.text:
        try:
            return refresh_policy.interval(one.text)
        except refresh_policy.BadInterval as error:
            problems.append(f"{one.name}: {error}")
    return defaults.refresh_interval


def _scope(one: parameters.Found, problems: list[str]) -> model.LeaseScope:
    known = {scope.value: scope for scope in model.LeaseScope}
    if one.text and one.text not in known:
        problems.append(f"{one.name}: {messages.quoted(one.text)} is unknown; write {' or '.join(known)}")
    return known.get(one.text, model.LeaseScope.POD)


def _objects(one: parameters.Found, shared: objs.Shared) -> objs.Parsed:
    if one.given:
        return objs.parse(one.text, shared)
    example = "objects: '[{objectName: password, secretPath: secret/data/my-app, secretKey: password}]'"
    return objs.Parsed(problems=[f"objects is missing; name the files to make, for example {example}"])
