"""Who is asking: a JWT signed with Ed25519 by the county's issuer, verified once and remembered until it expires.

Source: RFC 7519 (JWT), RFC 9864 (the algorithm name Ed25519).
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from contracts.event import names_a_person
from runtime.refusals import Unauthenticated

ALL_COUNTIES = "000000"
"""In an operator's token: the whole deployment. GB/T 2260 gives this code to no county."""

REMEMBERED = 10_000
"""Verified tokens held at most."""


@dataclass(frozen=True)
class Principal:
    """A verified caller."""

    subject: str
    county: str
    roles: frozenset[str]
    unit: str | None
    token_id: str | None
    expires_at: float


class Authenticator:
    """Verifies access tokens against the issuer's published keys."""

    def __init__(self, issuer: str, jwks_file: Path) -> None:
        self._issuer = issuer
        self._keys = KeySet.import_key_set(json.loads(jwks_file.read_text()))
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": issuer}, sub={"essential": True}, exp={"essential": True}
        )
        self._remembered: dict[str, Principal] = {}

    def principal(self, token: str, now: datetime) -> Principal:
        """Give the caller that a token speaks for.

        Raises: Unauthenticated.
        """
        known = self._remembered.get(token)
        if known is None:
            known = self._verify(token)
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            self._remembered[token] = known
        if known.expires_at <= now.timestamp():
            self._remembered.pop(token, None)
            raise Unauthenticated("令牌已过期")
        return known

    def _verify(self, token: str) -> Principal:
        try:
            claims = jwt.decode(token, self._keys, algorithms=["Ed25519"]).claims
            self._claims.validate(claims)
            county, roles = claims["county"], claims["roles"]
            if not (isinstance(county, str) and len(county) == 6 and county.isascii() and county.isdecimal()):
                raise Unauthenticated("令牌中的县级代码无效")
            unit, token_id = claims.get("unit"), claims.get("jti")
            if not (isinstance(roles, list) and isinstance(unit, str | None) and isinstance(token_id, str | None)):
                raise Unauthenticated("令牌中的角色、单位或编号无效")
            if names_a_person(f"{claims['sub']} {token_id or ''}"):
                raise Unauthenticated("令牌的主体与编号会永久留存, 不得为电话、邮箱或身份证号")
            return Principal(
                subject=str(claims["sub"]),
                county=county,
                roles=frozenset(map(str, roles)),
                unit=unit,
                token_id=token_id,
                expires_at=float(claims["exp"]),
            )
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise Unauthenticated("令牌无效") from error
