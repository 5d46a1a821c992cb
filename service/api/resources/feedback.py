"""`/v1/feedback` and `/v1/competence`: verdicts on edits, and the competence of systems."""

import asyncio
import re
from collections.abc import Sequence
from typing import Annotated, Literal, Self, get_args

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import to_json
from starlette.responses import Response
from typing_extensions import TypedDict

from evaluation.edits.classify import TYPES
from evaluation.edits.tokens import tokenise
from service.api import body
from service.api.middleware.authentication import Owner
from service.api.openapi import json_body, problem_responses
from service.container import Application
from service.core import limits
from service.core.fields import AllDiffer, Name, Text, custom_error
from service.core.limits import Refused, check_text
from service.core.problems import Problem
from service.feedback.competence import Beta, Rules
from service.feedback.drift import FALSE_ALARMS, WINDOW, Drift
from service.feedback.records import Judged
from service.feedback.standing import Day, Standing, intervals_of

Type = Literal[
    "M:PUNCT", "M:FUNC", "M:OTHER", "U:PUNCT", "U:FUNC", "U:OTHER", "R:PUNCT", "R:CASE", "R:SPACE",
    "R:WO", "R:STEM", "R:SPELL", "R:FUNC", "R:OTHER", "text", "label",
]  # fmt: skip
"""The types of candidates in answers of /v1/combine."""

assert {*TYPES, "text", "label"} == {*get_args(Type)}

EXAMPLE = {
    "source": "I has a apple.",
    "edits": [
        {"start": 1, "end": 2, "replacement": "have", "type": "R:OTHER", "voters": ["a", "c"],
         "accepted": True},
        {"start": 3, "end": 4, "replacement": "ample", "type": "R:SPELL", "voters": ["c"],
         "accepted": False},
    ],
}  # fmt: skip

_ID = re.compile(r"[0-9a-f]{32}")
_Id = Annotated[str, Path(json_schema_extra={"pattern": f"^{_ID.pattern}$"})]


class JudgedEdit(BaseModel):
    """A candidate as /v1/combine returned it, and whether the reader accepted it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    start: Annotated[int, Field(ge=0, le=limits.LONGEST_TEXT, strict=False)]
    end: Annotated[int, Field(ge=0, le=limits.LONGEST_TEXT, strict=False)]
    replacement: Text
    type: Type
    voters: Annotated[
        list[Name],
        Field(min_length=1, max_length=limits.MOST_SYSTEMS),
        AllDiffer(),
    ]
    accepted: bool

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.start > self.end:
            raise custom_error("edit-out-of-range", "ends before it starts")
        return self


class FeedbackRequest(BaseModel):
    """Verdicts on edits of one answer. The source and the replacements are not stored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[Text, Field(min_length=1)]
    edits: Annotated[list[JudgedEdit], Field(min_length=1, max_length=limits.JUDGED_EDITS)]

    def judged(self) -> list[Judged]:
        """Return the verdicts to store.

        Raises:
            Refused: an edit is past the end of the source, or is judged twice.
        """
        check_text(self.source, ["source"])
        tokens = len(tokenise(self.source))
        seen = set()
        for i, edit in enumerate(self.edits):
            if edit.end > tokens:
                detail = f"is past the end of the source ({tokens} tokens)"
                raise Refused("edit-out-of-range", ["edits", i, "end"], detail)
            key = edit.start, edit.end, edit.replacement
            if key in seen:
                raise Refused("duplicate-value", ["edits", i], "is judged twice")
            seen.add(key)
        return [Judged(edit.type, edit.voters, edit.accepted) for edit in self.edits]


class FeedbackAnswer(TypedDict):
    """The number of stored verdicts; `id` is needed to retract them."""

    id: str
    judged: int


class TypeCompetence(TypedDict):
    """Competence of a system for a type of edit; `judged` is the decayed number of verdicts."""

    type: str
    judged: float
    accepted: float
    competence: float
    weight: Annotated[float, Field(description="Factor of its weight in learned-vote")]


class DayCompetence(TypedDict):
    """Verdicts on a system on a day (UTC, since 1970), and its competence at the end of it."""

    day: int
    judged: int
    accepted: int
    competence: float


class DriftState(TypedDict):
    """Shares of accepted edits in the last full window and before it, and the test of the two."""

    recent: float
    before: float
    p: float
    warning: bool


class SystemCompetence(TypedDict):
    """Competence of a system according to feedback, with a 95% interval."""

    system: str
    judged: float
    competence: float
    low: float
    high: float
    types: list[TypeCompetence]
    days: list[DayCompetence]
    drift: Annotated[DriftState | None, Field(description="null until two windows are full")]


class CompetenceAnswer(TypedDict):
    """Competence of all systems, and the parameters it is computed with."""

    systems: list[SystemCompetence]
    today: Annotated[int, Field(description="Day since 1970, UTC")]
    half_life_days: float
    bound: float
    votes_per_owner_and_day: int
    drift_window: int
    drift_false_alarms: Annotated[
        float, Field(description="Probability of any false warning, each time that windows fill up")
    ]
    mark: Annotated[str, Field(description="`feedback` in the signature of learned-vote")]


class _Latest:
    """The answer of /v1/competence, made once for each standing and beside the event loop."""

    def __init__(self, rules: Rules, roster: Sequence[str]) -> None:
        self._rules = rules
        self._roster = roster
        self._making = asyncio.Lock()
        self._made: tuple[Standing, bytes] | None = None

    async def of(self, standing: Standing) -> bytes:
        """Return the answer in JSON."""
        async with self._making:
            if self._made is None or self._made[0] is not standing:
                body = await asyncio.to_thread(_competence, standing, self._rules, self._roster)
                self._made = standing, body
            return self._made[1]


def _competence(standing: Standing, rules: Rules, roster: Sequence[str]) -> bytes:
    listed = set(roster)
    names = [*roster, *(name for name in standing.systems if name not in listed)]
    types: dict[str, list[TypeCompetence]] = {}
    for (system, type_), beta in standing.posterior.items():
        types.setdefault(system, []).append(_type(type_, beta, rules.bound))
    answer = CompetenceAnswer(
        systems=[_system(name, standing, types.get(name, [])) for name in names],
        today=standing.today,
        half_life_days=rules.half_life_days,
        bound=rules.bound,
        votes_per_owner_and_day=rules.per_day,
        drift_window=WINDOW,
        drift_false_alarms=FALSE_ALARMS,
        mark=standing.mark,
    )
    return to_json(answer)


_UNKNOWN = Beta()
[_UNKNOWN_INTERVAL] = intervals_of([_UNKNOWN])


def _system(name: str, standing: Standing, types: list[TypeCompetence]) -> SystemCompetence:
    beta = standing.systems.get(name, _UNKNOWN)
    low, high = standing.intervals.get(name, _UNKNOWN_INTERVAL)
    drift = standing.drifts.get(name)
    return SystemCompetence(
        system=name,
        judged=beta.judged,
        competence=beta.mean,
        low=low,
        high=high,
        types=types,
        days=list(map(_day, standing.days.get(name, []))),
        drift=_drift(drift) if drift else None,
    )


def _type(type_: str, beta: Beta, bound: float) -> TypeCompetence:
    return TypeCompetence(
        type=type_,
        judged=beta.judged,
        accepted=beta.accepted,
        competence=beta.mean,
        weight=beta.weight(bound),
    )


def _day(day: Day) -> DayCompetence:
    return DayCompetence(
        day=day.day, judged=day.judged, accepted=day.accepted, competence=day.competence
    )


def _drift(drift: Drift) -> DriftState:
    return DriftState(recent=drift.recent, before=drift.before, p=drift.p, warning=drift.warning)


def routes(application: Application) -> APIRouter:
    """Return the routes of feedback and competence."""
    router = APIRouter(tags=["feedback"])
    feedback, settings = application.feedback, application.settings
    latest = _Latest(feedback.rules, list(application.engine.members))

    @router.post(
        "/v1/feedback",
        response_class=Response,
        responses={
            201: {"model": FeedbackAnswer},
            **problem_responses(400, 408, 413, 415, 422, 429, 503),
        },
        status_code=201,
        openapi_extra=json_body(FeedbackRequest, EXAMPLE),
    )
    async def add_feedback(request: Request, owner: Owner) -> Response:
        """Accept or reject edits of an answer, which changes the competence of their systems."""
        judged = (await body.read_json(request, FeedbackRequest, settings)).judged()
        id_ = await feedback.add(owner, judged)
        answer = FeedbackAnswer(id=id_, judged=len(judged))
        headers = {"Location": f"/v1/feedback/{id_}"}
        return Response(to_json(answer), 201, headers, body.JSON)

    @router.delete("/v1/feedback/{id}", status_code=204, responses=problem_responses(404, 422, 503))
    async def retract_feedback(id: _Id, owner: Owner) -> None:
        """Retract feedback, as if it had never been sent."""
        if not _ID.fullmatch(id):
            raise Problem("feedback-not-found", "no such feedback")
        await feedback.retract(id, owner)

    @router.get(
        "/v1/competence",
        response_class=Response,
        responses={200: {"model": CompetenceAnswer}, **problem_responses(503)},
    )
    async def show_competence() -> Response:
        """Return the competence of each system, by type of edit and over time, and its drift."""
        return Response(await latest.of(await feedback.standing()), media_type=body.JSON)

    return router
