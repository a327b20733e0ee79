"""`yishi import template`: writes the template of a case import; a county's has its own names to choose from."""

from pathlib import Path

from services.proposals.importing.template import template
from yishi.calls import Client
from yishi.child import StackError
from yishi.importing.plan import ACTOR
from yishi.target import Target
from yishi.terminal import output


async def run(target: Target | None, file: Path, county: str | None) -> int:
    """Write the template. *Raises* `Refused`, `StackError`."""
    if target is not None and county is not None:
        async with Client(target, "proposals", ACTOR, county, "registrar") as client:
            content = await client.content("/v1/imports/template.xlsx")
    else:
        content = template({})
    _write(file, content)
    output.print(f"已写出 {file}。", highlight=False, markup=False, soft_wrap=True)
    return 0


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise StackError(f"无法写入 {file}：{error.strerror}。") from error
