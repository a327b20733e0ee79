"""What people may ask of board and statistics, as the query of a request: the same for what is shown and exported."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from runtime import paging
from runtime.http import BusinessDate
from services.proposals.reporting.board import View
from services.proposals.reporting.figures import BY, FIGURES, Policy, Question

Id = Annotated[UUID | Literal[""] | None, Field(description="空为未定")]


class BoardView(BaseModel):
    """Which cases of the board are asked for; what is left out does not matter."""

    q: str = Field(default="", max_length=200)
    kind: str | None = None
    stage: str | None = None
    body: UUID | None = None
    term: int | None = None
    session: int | None = None
    unit: UUID | None = None
    lead: UUID | None = None
    member: UUID | None = None
    nature: str | None = None
    number: int | None = None
    external_id: str | None = Field(default=None, max_length=300, description="外部编号")
    system: str | None = Field(default=None, max_length=300, description="外部编号所属的来源系统")
    overdue: bool | None = None
    as_of: BusinessDate | None = None

    def view(self, today: date) -> View:
        """Give the view; overdue as of today when no day is named."""
        plain = ("kind", "stage", "term", "session", "nature", "number", "external_id", "system")
        filters = {name: getattr(self, name) for name in plain}
        filters |= {name: _id(getattr(self, name)) for name in ("body", "unit", "lead", "member")}
        return View(self.as_of or today, self.q.split(), filters, self.overdue)


class BoardPage(BoardView):
    """A page of the board."""

    after: str | None = None
    limit: int = Field(default=paging.LIMIT, ge=1, le=paging.LIMIT_MAX)


class Counted(BaseModel):
    """Which cases statistics count, as of which day and under which policy; an empty text asks for 未定."""

    model_config = ConfigDict(extra="forbid")

    kind: str | None = None
    body: Id = None
    term: int | None = None
    session: int | None = None
    nature: str | None = None
    unit: Id = None
    category: str | None = None
    stage: str | None = None
    outcome: str | None = None
    sector: str | None = None
    month: str | None = Field(default=None, description="提交月份, YYYY-MM")
    hand_over_month: str | None = Field(default=None, description="交办月份, YYYY-MM")
    imported: bool | None = None
    from_on: BusinessDate | None = Field(default=None, description="提交日期不早于")
    until_on: BusinessDate | None = Field(default=None, description="提交日期不晚于")
    as_of: BusinessDate | None = Field(default=None, description="截至日期 (业务日期), 缺省为今天")
    denominator: Literal["assigned", "rated"] | None = Field(
        default=None, description="满意率的分母: assigned 已交办, rated 已测评; 缺省按办理规则"
    )
    basic: bool | None = Field(default=None, description="基本满意是否计为满意; 缺省按办理规则")
    successors: bool = Field(default=False, description="已撤并单位的件数计入其承接单位")
    originals: bool = Field(default=False, description="并案的各原件按主件的办理情况另计一件")

    def question(self, today: date, **other: Any) -> Question:
        """Give the question, as of today when no day is named; `other` takes the place of what is asked here."""
        asked = {name: getattr(self, name) for name in Counted.model_fields} | other
        filters = {name: asked[name] for name in _FILTERS} | {name: _id(asked[name]) for name in ("body", "unit")}
        return Question(
            as_of=asked["as_of"] or today,
            filters=filters,
            policy=Policy(self.denominator, self.basic, self.originals),
            successors=self.successors,
        )


_POLICY = ("as_of", "denominator", "basic", "successors", "originals")
_FILTERS = tuple(name for name in Counted.model_fields if name not in _POLICY)


def _by(value: object) -> object:
    return value or None


By = Annotated[str | None, BeforeValidator(_by), Field(json_schema_extra={"enum": [*BY, None]})]


class Counts(Counted):
    """What counts are asked for."""

    by: By = None
    rank_by: str | None = Field(
        default=None,
        description="按哪一比率排名",
        json_schema_extra={"enum": [*Policy().rates(), None]},
    )
    least: int = Field(default=1, ge=1, le=1_000_000, description="参加排名的最少件数")


class Compared(Counted):
    """Which two periods are compared: what `versus_…` names takes the place of the same; by default a year before."""

    by: By = None
    versus_as_of: BusinessDate | None = None
    versus_term: int | None = None
    versus_session: int | None = None
    versus_from_on: BusinessDate | None = None
    versus_until_on: BusinessDate | None = None

    def other(self) -> dict[str, Any]:
        """Give what is different in the period that is compared with."""
        names = ("as_of", "term", "session", "from_on", "until_on")
        return {name: value for name in names if (value := getattr(self, f"versus_{name}")) is not None}


def a_year_before(day: date) -> date:
    """Give the same day of the year before; of a 29 February the 28th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


class Figure(Counted):
    """Which figure is to be opened."""

    figure: str = Field(json_schema_extra={"enum": [*FIGURES]})


def _id(id: UUID | str | None) -> str | None:
    return None if id is None else str(id)
