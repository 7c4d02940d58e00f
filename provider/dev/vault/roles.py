"""What roles of all login methods have in common: the `token_*` fields, and the token a login makes of them."""

from collections.abc import Mapping
from typing import Any

from provider.dev.vault import engines, fields, replies, state, tokens


def wish_of(data: fields.Data, held: tokens.Wish | None = None) -> tokens.Wish:
    """The `token_*` fields of a role, over those it had before; older names without the prefix count too.

    Raises:
        replies.Refusal: lifetimes that contradict each other.
    """
    before = held or tokens.Wish(type="default")

    def named(name: str) -> str:
        return f"token_{name}" if f"token_{name}" in data else name

    policies = fields.strings(data, named("policies"))
    wish = tokens.Wish(
        policies=policies or before.policies,
        ttl=fields.seconds(data, named("ttl"), before.ttl),
        max_ttl=fields.seconds(data, named("max_ttl"), before.max_ttl),
        explicit_max_ttl=fields.seconds(data, "token_explicit_max_ttl", before.explicit_max_ttl),
        period=fields.seconds(data, named("period"), before.period),
        num_uses=fields.number(data, named("num_uses"), before.num_uses),
        type=fields.text(data, "token_type", before.type),
        no_default_policy=fields.flag(data, "token_no_default_policy", before.no_default_policy),
    )
    if wish.max_ttl and wish.ttl > wish.max_ttl:
        raise replies.bad_request("'token_ttl' cannot be greater than 'token_max_ttl'")
    return wish


def shown(wish: tokens.Wish) -> dict[str, Any]:
    """The same fields as a role's reader sees them."""
    return {
        "token_bound_cidrs": [],
        "token_explicit_max_ttl": wish.explicit_max_ttl,
        "token_max_ttl": wish.max_ttl,
        "token_no_default_policy": wish.no_default_policy,
        "token_num_uses": wish.num_uses,
        "token_period": wish.period,
        "token_policies": list(wish.policies),
        "token_ttl": wish.ttl,
        "token_type": wish.type,
    }


def log_in(
    held: state.State, call: engines.Call, wish: tokens.Wish, *, name: str, alias: str, meta: Mapping[str, str]
) -> replies.Reply:
    """Make the token of a login that has succeeded.

    Args:
        held: the server's memory.
        call: the login.
        wish: of the role.
        name: of whoever logs in, for people.
        alias: the same for Vault's identities.
        meta: facts that go with the token.
    """
    mount = call.place
    kind = "batch" if wish.type == "batch" else "service"
    used = tokens.Wish(
        wish.policies, wish.ttl, wish.max_ttl, wish.explicit_max_ttl, wish.period, wish.num_uses, kind,
        wish.no_default_policy,
    )  # fmt: skip
    method = mount.path.removeprefix("auth/").rstrip("/").replace("/", "-")
    entry, warnings = held.tokens.create(
        used, path=call.path, display_name=f"{method}-{name}", meta=meta, entity=(mount.accessor, alias)
    )
    call.issued = entry
    return replies.Reply(auth=tokens.shown_to_owner(entry, entry.creation_ttl), warnings=warnings)
