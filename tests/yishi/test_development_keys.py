"""Tokens of the embedded stack verify against the published key set, and the private key stays private."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from yishi.development_keys import ISSUER, DevelopmentKeys

NOW = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)


def _token(keys: DevelopmentKeys) -> str:
    return keys.issue_token("zhang", "430000", ["office"], "政协办", now=NOW, name="张三")


def test_a_token_says_who_acts_and_verifies_with_the_public_key(tmp_path: Path) -> None:
    keys = DevelopmentKeys.load(tmp_path)
    public = KeySet.import_key_set(json.loads((tmp_path / "jwks.json").read_text("utf-8")))
    token = jwt.decode(_token(keys), public, algorithms=["Ed25519"])
    assert token.header["alg"] == "Ed25519"
    claims = {name: token.claims[name] for name in ("iss", "sub", "county", "roles", "unit", "name", "iat", "exp")}
    seconds = int(NOW.timestamp())
    assert claims == {
        **{"iss": ISSUER, "sub": "zhang", "county": "430000", "roles": ["office"], "unit": "政协办"},
        **{"name": "张三", "iat": seconds, "exp": seconds + 8 * 3600},
    }
    assert token.claims["jti"]


def test_the_private_key_is_in_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    DevelopmentKeys.load(tmp_path)
    assert (tmp_path / "signing-key.json").stat().st_mode & 0o777 == 0o600
    assert "d" not in json.loads((tmp_path / "jwks.json").read_text("utf-8"))["keys"][0]


def test_the_key_outlives_a_restart_and_differs_between_folders(tmp_path: Path) -> None:
    token = _token(DevelopmentKeys.load(tmp_path / "a"))
    jwt.decode(token, DevelopmentKeys.load(tmp_path / "a").key, algorithms=["Ed25519"])
    with pytest.raises(BadSignatureError):
        jwt.decode(token, DevelopmentKeys.load(tmp_path / "b").key, algorithms=["Ed25519"])
