"""What a JSON web token says, and whether it may be believed now, in Vault's words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import jwt
import jwt.types

_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA")
_LEEWAY: Final = 60.0
"""Seconds by which the clocks of issuer and Vault may differ."""

_DEFAULT_LIFE: Final = 150.0
"""Seconds a token without an end is believed after its start."""


class Refused(Exception):
    """The token will not do; the text is what Vault says of it."""


class BadSignature(Refused):
    """It was not signed by any of our keys, or is no token at all."""


def unverified(token: str) -> dict[str, Any]:
    """The claims, whoever signed them.

    Raises:
        BadSignature: not a token signed with a public key.
    """
    try:
        if jwt.get_unverified_header(token).get("alg") not in _ALGORITHMS:
            raise BadSignature("error verifying token signature: unexpected algorithm")
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise BadSignature("error verifying token signature: not a token") from error
    return claims


def verified(token: str, keys: Sequence[str]) -> dict[str, Any]:
    """The claims, signed by one of `keys` (PEM).

    Raises:
        BadSignature: by none of them.
    """
    if token.count(".") != 2:
        raise BadSignature("error verifying token signature: go-jose/go-jose: compact JWS format must have three parts")
    unchecked: jwt.types.Options = {
        "verify_aud": False,
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "verify_sub": False,
    }
    for key in keys:
        try:
            claims: dict[str, Any] = jwt.decode(token, key, algorithms=list(_ALGORITHMS), options=unchecked)
        except (jwt.InvalidTokenError, jwt.InvalidKeyError):
            continue
        return claims
    raise BadSignature("error verifying token signature: no known key successfully validated the token signature")


def check(
    claims: Mapping[str, Any], now: float, *, issuer: str = "", subject: str = "", audiences: Sequence[str] = ()
) -> None:
    """Compare with what is expected, "" and () for no expectation.

    Raises:
        Refused: the first thing that differs.
    """
    if issuer and claims.get("iss") != issuer:
        raise Refused("invalid issuer (iss) claim")
    if subject and claims.get("sub") != subject:
        raise Refused("invalid subject (sub) claim")
    if audiences and not set(audiences) & set(audience(claims)):
        raise Refused("invalid audience (aud) claim: audience claim does not match any expected audience")
    issued, starts, ends = (float(claims.get(name) or 0) for name in ("iat", "nbf", "exp"))
    if not (issued or starts or ends):
        return
    ends = ends or max(issued, starts) + _DEFAULT_LIFE
    starts = starts or issued or ends - _DEFAULT_LIFE
    if now + _LEEWAY < starts:
        raise Refused("invalid not before (nbf) claim: token not yet valid")
    if now - _LEEWAY > ends:
        raise Refused("invalid expiration time (exp) claim: token is expired")
    if now + _LEEWAY < issued:
        raise Refused("invalid issued at (iat) claim: token issued in the future")


def audience(claims: Mapping[str, Any]) -> list[str]:
    """For whom it was made; one name and a list of names are the same."""
    value = claims.get("aud", [])
    return [value] if isinstance(value, str) else [str(item) for item in value]


def find(claims: Mapping[str, Any], name: str) -> object:
    """One claim by its name, or by a JSON pointer; None where there is none."""
    if not name.startswith("/"):
        return claims.get(name)
    value: object = claims
    for part in name[1:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def quoted(name: str) -> str:
    """A name in double quotes, as Go prints it."""
    return json.dumps(name, ensure_ascii=False)
