"""The judges of the service's roster, asked where their scores can change the outcome."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner
from ensemble.judges.ask import JudgeClient, Rating
from ensemble.judges.contested import Ranges
from ensemble.judges.registry import JUDGES
from ensemble.systems.roster import Roster, create_judge
from evaluation.records import Segment
from service.core.admission import Gate
from service.core.query import JudgeResult, Query
from service.core.settings import Settings
from service.core.start_up import StartUp

_OFF = "the request asks no judges"
_GIVEN = "the request has its scores"
_SPENT = "the budget of the request is spent"
_LATE = "the time of the request for judges is spent"
_BUSY = "judges are being asked for too many requests"

_INTERVAL_S = 0.05


@dataclass(slots=True)
class Budget:
    """How many questions a request may still ask, and, in the loop's seconds, until when."""

    questions: int
    until: float

    @property
    def left_s(self) -> float:
        """Seconds left for questions; negative once they are over."""
        return self.until - asyncio.get_running_loop().time()

    def take(self) -> bool:
        """Return whether one more question may be asked, and count it."""
        if self.questions < 1:
            return False
        self.questions -= 1
        return True


@dataclass(frozen=True, slots=True)
class JudgeMember:
    """A judge of the roster, with its kind and the range of its scores."""

    client: JudgeClient
    kind: str
    range: tuple[float, float]


class Judges:
    """The judges by name; asks them for as many segments at once as systems are."""

    def __init__(self, roster: Roster, settings: Settings) -> None:
        self.by_name: Mapping[str, JudgeMember] = {
            entry.name: JudgeMember(
                JudgeClient(create_judge(entry)), JUDGES.of(entry).name, entry.range
            )
            for entry in roster.judges
        }
        self._questions = roster.judge_budget
        self._deadline_s = settings.deadline_s
        self._gate = Gate(settings.asking_at_once)
        judges = {name: member.client.judge for name, member in self.by_name.items()}
        self._start_up = StartUp(judges, "judge")

    async def start(self) -> None:
        """Begin to start all judges concurrently, and return at once."""
        await self._start_up.start()

    async def stop(self) -> None:
        """Stop all judges, including those that are still starting."""
        await self._start_up.stop()

    def budget(self, within_s: float | None = None) -> Budget:
        """Return the budget of a new request; by default until the deadline for systems."""
        now = asyncio.get_running_loop().time()
        return Budget(self._questions, now + (within_s or self._deadline_s))

    def unasked(self, query: Query, combiner: Combiner) -> dict[str, JudgeResult]:
        """Return the results of judges that are not asked, whatever the outcome: why not."""
        if not query.ask_judges:
            return self.not_asked(_OFF)
        if not combiner.uses_scores:
            return self.not_asked(f"the combiner {combiner.name} does not use scores")
        given = [name for name in self.by_name if name in query.scores]
        return self.not_asked(_GIVEN, given)

    def not_asked(self, reason: str, names: Iterable[str] | None = None) -> dict[str, JudgeResult]:
        """Return the results of the judges `names`, by default all, if they are not asked."""
        chosen = self.by_name if names is None else names
        return {name: JudgeResult("not asked", reason) for name in chosen}

    def ranges(self, but: Mapping[str, object]) -> Ranges:
        """Return the ranges of the scores of all judges `but` some."""
        return {name: m.range for name, m in self.by_name.items() if name not in but}

    async def ask(
        self, segment: Segment, ballot: Ballot, names: Sequence[str], budget: Budget, recuse: bool
    ) -> dict[str, JudgeResult]:
        """Return the results of the judges `names` for the outputs of a segment."""
        if not await self._has_room(budget):
            return self.not_asked(_BUSY, names)
        with self._gate.enter():
            asked = (self._ask(name, segment, ballot, budget, recuse) for name in names)
            return dict(zip(names, await asyncio.gather(*asked), strict=True))

    async def _has_room(self, budget: Budget) -> bool:
        """Return whether there is a free slot before the time of the request is spent."""
        while not self._gate.has_room(1) and budget.left_s > 0:
            await asyncio.sleep(_INTERVAL_S)
        return self._gate.has_room(1)

    async def _ask(
        self, name: str, segment: Segment, ballot: Ballot, budget: Budget, recuse: bool
    ) -> JudgeResult:
        texts = {system: segment.hypotheses[system] or "" for system in ballot.systems}
        if recuse:
            texts.pop(name, None)
        different = tuple(dict.fromkeys(texts.values()))
        client = self.by_name[name].client
        if not client.remembers(segment.source, different):
            if budget.left_s <= 0:
                return JudgeResult("not asked", _LATE)
            if not budget.take():
                return JudgeResult("not asked", _SPENT)
            await self._start_up.wait([name], min(budget.left_s, self._deadline_s))
        deadline_s = max(min(budget.left_s, self._deadline_s), 0.0)
        rating = await client.ask(segment.source, different, deadline_s)
        return _result(rating, texts, different)


def _result(rating: Rating, texts: Mapping[str, str], different: Sequence[str]) -> JudgeResult:
    """Return a rating of `different` texts as scores of the systems that gave them."""
    by_text = dict(zip(different, rating.scores, strict=True)) if rating.status == "ok" else {}
    scores = {system: by_text[text] for system, text in texts.items() if text in by_text}
    shown = rating.fault, rating.spent, rating.milliseconds
    return JudgeResult(rating.status, rating.reason, scores, *shown)
