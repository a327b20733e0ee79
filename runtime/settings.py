"""Settings of one service process, from the environment (prefix YISHI_)."""

from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that differs between two deployments of the same code."""

    model_config = SettingsConfigDict(env_prefix="YISHI_", frozen=True)

    nats_url: str
    nats_user: str
    nats_password: SecretStr
    nats_monitor_url: str
    """The monitoring port, which alone says whether the log syncs every write (ADR 0001)."""

    database_url: SecretStr
    """As the projector role: owns the schemas, outside row-level security."""
    database_http_url: SecretStr
    """As the HTTP role: bound by row-level security."""

    host: str = "127.0.0.1"
    port: int = 8000
    issuer: str
    jwks_file: Path
    development: bool = False
    """Allows simulated dates; never true in production."""
    log_level: str = "info"
    state_dir: Path = Path(".yishi/state")
    rules_dir: Path | None = None
    """A folder with the county's own rule packs, beside those that ship."""
    templates_dir: Path | None = None
    """A folder with edited templates of letters and lists, for all counties or, in a folder of its code, for one."""

    schema_suffix: str = ""
    """Distinguishes a schema that is being rebuilt beside the one that serves."""
    body_limit: int = 1_048_576
    """Bytes of one request body."""
    own_projection_wait: float = 2.0
    """Seconds a command waits to see itself projected before it answers 202."""
    ready_lag: int = 50_000
    """Events that the projection may be behind the log while the service still says that it is ready: about what is
    applied within `at_least_wait`."""
    ready_stall: float = 15.0
    """Seconds that the projection may stand still behind a growing log while the service still says it is ready."""
    ready_wait: float = 2.0
    """Seconds that `/readyz` waits for the database, which may be frozen, before it answers 503: less than the
    patience of whoever asks."""
    liveness_limit: float = 120.0
    """Seconds after which a task of the process that does not go on counts as hung; longer than any of its waits."""
    at_least_wait: float = 10.0
    """Seconds a request waits for the position it names before it answers 503."""


def utc_now() -> datetime:
    """Give the present time, UTC. The only place that reads the clock of the machine."""
    return datetime.now(UTC)
