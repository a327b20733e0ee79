"""Why something failed, as a text that may be kept for ever: what was wrong, never the text that was wrong."""

import asyncpg
from pydantic import ValidationError

LIMIT = 2000
"""Characters."""


def reason_of(error: BaseException) -> str:
    """Give an error as text that PostgreSQL takes: bounded, without the input, NUL characters or lone surrogates."""
    text = f"{type(error).__name__}: {what_is_wrong(error)}"[:LIMIT]
    return text.replace("\x00", "\N{SYMBOL FOR NULL}").encode(errors="replace").decode()


def what_is_wrong(error: BaseException) -> str:
    """Give an error's message without the values that pydantic and PostgreSQL add to it (ADR 0002)."""
    match error:
        case ValidationError():
            details = error.errors(include_url=False, include_context=False, include_input=False)
            return "; ".join(f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}" for detail in details)
        case asyncpg.PostgresError():
            return str(error.args[0]) if error.args else ""
        case _:
            return str(error)
