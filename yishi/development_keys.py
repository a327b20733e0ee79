"""The signing key of the embedded stack, and tokens signed with it. Never used in production.

The private key stays in the state folder (mode 600); services get the public key set as a file, in the form
in which a county's identity provider publishes its own.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from yishi.passwords import write_private

ISSUER: Final = "https://yishi.invalid/dev"
ALGORITHM: Final = "Ed25519"
PRIVATE_FILE: Final = "signing-key.json"
PUBLIC_FILE: Final = "jwks.json"


@dataclass(frozen=True)
class DevelopmentKeys:
    """An Ed25519 key pair and the file that holds its public half."""

    key: OKPKey
    jwks_file: Path

    @classmethod
    def load(cls, home: Path) -> "DevelopmentKeys":
        """Read the key of a state folder, or make one, and write the public key set beside it."""
        private, public = home / PRIVATE_FILE, home / PUBLIC_FILE
        if not private.exists():
            home.mkdir(parents=True, exist_ok=True)
            made = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)
            write_private(private, json.dumps(made.as_dict(private=True)))
        key = OKPKey.import_key(json.loads(private.read_text("utf-8")))
        write_private(public, json.dumps(KeySet([key]).as_dict(private=False)))
        return cls(key=key, jwks_file=public)

    def issue_token(
        self,
        subject: str,
        county: str,
        roles: Sequence[str],
        unit: str,
        *,
        now: datetime,
        name: str | None = None,
        lifetime: timedelta = timedelta(hours=8),
        issuer: str = ISSUER,
    ) -> str:
        """Return a signed token (JWT, alg `Ed25519`) that says who somebody is and for whom they act.

        *Units*: `now` carries a time zone; `iat` and `exp` are seconds UTC. *Source*: RFC 7519, RFC 9864.
        """
        claims: dict[str, object] = {
            "iss": issuer,
            "sub": subject,
            "county": county,
            "roles": list(roles),
            "unit": unit,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "jti": str(uuid.uuid4()),
        }
        if name is not None:
            claims["name"] = name
        header = {"alg": ALGORITHM, "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=[ALGORITHM])
