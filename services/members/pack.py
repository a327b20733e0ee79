"""A rule pack 办理规则 as the county adopts it: one aggregate for each pack's name, one event for each version.

What an adopted pack is after its events is the same here and in every service that computes with it:
contracts/copies/adopted.py.
"""

import re
from datetime import date

from contracts.copies.adopted import AdoptedPack
from contracts.members import RulePackAdopted
from rules.pack import Pack, PackError, load_new_pack
from runtime.refusals import Refusal

_NAME = re.compile(r"[0-9A-Za-z_-]{1,128}")


class PackInvalid(Refusal):
    """The pack cannot be read; the facts say where and why."""

    code, status, title = "pack.invalid", 422, "规则包不符合格式"


class PackNotShipped(Refusal):
    """No pack of this name ships with the system."""

    code, status, title = "pack.not_shipped", 404, "系统未附带此规则包"


class AlreadyAdopted(Refusal):
    """The county has adopted exactly these bytes before."""

    code, status, title = "pack.already_adopted", 409, "此版本的规则包已经采用"


class DateBeforeLast(Refusal):
    """The version would hold from a day before the one that it replaces."""

    code, status, title = "pack.date_before_last", 409, "生效日期早于已采用的版本"


def read(content: bytes) -> Pack:
    """Read a pack from its exact bytes.

    Raises: PackInvalid.
    """
    try:
        pack = load_new_pack(content)
    except PackError as error:
        raise PackInvalid(
            str(error), path=error.path, reason=error.reason, line=error.line, error=error.code
        ) from error
    if not _NAME.fullmatch(pack.name):
        reason = "名称应为 1 至 128 个 ASCII 字母、数字、- 或 _"
        raise PackInvalid(reason, path="name", reason=reason, line=None, error="pack.bad_value")
    return pack


def adopt(adopted: AdoptedPack, pack: Pack, content: bytes, from_on: date) -> RulePackAdopted:
    """Decide to adopt a version of a pack from a day on.

    Raises: AlreadyAdopted, DateBeforeLast.
    """
    if any(adoption.digest == pack.digest for adoption in adopted.adoptions):
        raise AlreadyAdopted(digest=pack.digest)
    if adopted.adoptions and from_on < (last := adopted.adoptions[-1].from_on):
        raise DateBeforeLast(last=last.isoformat())
    return RulePackAdopted(
        name=pack.name, digest=pack.digest, content=content.decode(), kinds=pack.kinds, from_on=from_on
    )
