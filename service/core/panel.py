"""The panel: the systems of the roster that answer conversations, and how they are combined."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ensemble.candidates import Kind
from ensemble.candidates.short_answers import as_labels
from ensemble.combiners.registry import writes
from ensemble.systems.ask import Answer
from ensemble.systems.base import Conversational
from ensemble.systems.roster import PanelConfig, RosterError
from service.core.admission import Busy, Gate
from service.core.engine import Engine
from service.core.limits import Refused, check_text
from service.core.problems import Problem
from service.core.query import Conversation, Outcome, Query
from service.core.settings import Settings

PREFIX = "consort"
"""The model `consort` is the panel as the roster has it; `consort/NAME` names its combiner."""

_KINDS: tuple[Kind, ...] = ("labels", "texts")
_SHOWN = 300  # characters of the reasons why no member answered


@dataclass(frozen=True, slots=True)
class PanelAnswer:
    """The outcome of a conversation, its text, and how that ended."""

    outcome: Outcome
    text: str
    finish: Literal["stop", "length"]


class Panel:
    """Puts conversations to the members, and combines their answers.

    Members are the systems that answer conversations, or for `kind: edits` all systems, which
    correct the last message of the user.
    """

    def __init__(self, engine: Engine, config: PanelConfig, settings: Settings) -> None:
        self._engine = engine
        self._config = config
        self._roster = settings.roster.stem
        self._deadline_s = settings.chat_deadline_s
        self._gate = Gate(settings.chats_at_once)
        self._members = self._chosen()

    def models(self) -> list[str]:
        """Return the models that requests can name; empty where the roster has no members."""
        if not self._members:
            return []
        usable = [name for name in self._engine.combiners() if self._usable(name)]
        return [PREFIX, *(f"{PREFIX}/{name}" for name in dict.fromkeys([self._roster, *usable]))]

    def combiner(self, model: str) -> str | None:
        """Return the combiner that a model names, `None` for the usual one.

        Raises:
            Problem: the model is unknown.
        """
        if self._members and model in (PREFIX, f"{PREFIX}/{self._roster}"):
            return self._config.combiner
        prefix, _, name = model.partition("/")
        if not self._members or prefix != PREFIX or not self._usable(name):
            raise Problem("unknown-model", self._unknown(model))
        return name

    def check(self, conversation: Conversation, combiner: str | None) -> None:
        """Refuse a conversation that cannot be answered, before any member is asked.

        Raises:
            Busy: the service is at capacity.
            Refused: it is to be corrected, and its text is blank or too long; or the answer must
                have a format, and the combiner writes texts, which may break it.
        """
        if not self._gate.has_room(1):
            raise Busy
        if _has_format(conversation) and combiner and writes(combiner):
            detail = f"{combiner} writes new texts, which may break a format"
            raise Refused("conflicting-fields", ["response_format"], detail)
        if self._config.kind != "edits":
            return
        if not conversation.question.strip():
            detail = "the last message of the user has no text to correct"
            raise Refused("text-empty", ["messages"], detail)
        check_text(conversation.question, ["messages"])

    async def answer(self, conversation: Conversation, combiner: str | None) -> PanelAnswer:
        """Return the answer to a conversation.

        Raises:
            Problem: no member answered.
            Busy: the service is at capacity.
            TimeoutError: combining was not done by the deadline.
            Refused: as `check`.
        """
        self.check(conversation, combiner)
        with self._gate.enter():
            if self._config.kind == "edits":
                return await self._correct(conversation, combiner)
            return await self._converse(conversation, combiner)

    async def _correct(self, conversation: Conversation, combiner: str | None) -> PanelAnswer:
        query = Query(conversation.question, None, self._members, "edits", combiner)
        return self._answered(await self._engine.combine(query), {})

    async def _converse(self, conversation: Conversation, combiner: str | None) -> PanelAnswer:
        query = Query(conversation.question, None, None, self._config.kind, combiner)
        answers = await self._engine.converse(conversation, query, self._members, self._deadline_s)
        texts = {name: a.text for name, a in answers.items() if a.text is not None}
        kind, forms = self._kind(texts, combiner)
        given = {name: replace(a, text=forms.get(name)) for name, a in answers.items()}
        if texts:
            outcome = await self._engine.combine(replace(query, kind=kind), answers=given)
            return self._answered(_as_answered(outcome, answers), answers)
        raise _nobody({name: answer.reason for name, answer in answers.items()})

    def _kind(
        self, texts: Mapping[str, str], combiner: str | None
    ) -> tuple[Kind, Mapping[str, str]]:
        """Return the kind by which answers are combined, and their forms."""
        kinds = [self._config.kind] if self._config.kind else self._kinds(combiner)
        labels = as_labels(texts) if "labels" in kinds else None
        if labels is not None:
            return "labels", labels
        return ("texts" if "texts" in kinds else "labels"), texts

    def _kinds(self, combiner: str | None) -> list[Kind]:
        if combiner is None:
            return list(_KINDS)
        return [kind for kind in _KINDS if kind in self._engine.kinds_of(combiner)]

    def _usable(self, name: str) -> bool:
        """Return whether a combiner is known, and combines what the members answer."""
        try:
            kinds = self._engine.kinds_of(name)
        except Refused:
            return False
        wanted = [self._config.kind] if self._config.kind else _KINDS
        return any(kind in kinds for kind in wanted)

    def _answered(self, outcome: Outcome, answers: Mapping[str, Answer]) -> PanelAnswer:
        if all(result.status != "ok" for result in outcome.results.values()):
            reasons = {name: result.reason for name, result in outcome.results.items()}
            raise _nobody(reasons)
        text = outcome.combination.text or ""
        finishes = {answer.finish for answer in answers.values() if answer.text == text}
        return PanelAnswer(outcome, text, "length" if finishes == {"length"} else "stop")

    def _chosen(self) -> list[str]:
        """Return the members: those that the roster names, or all systems that can be.

        Raises:
            RosterError: one that it names does not answer conversations.
        """
        members = self._engine.members
        able = [name for name, m in members.items() if isinstance(m.system, Conversational)]
        if self._config.kind == "edits":
            able = list(members)
        for name in self._config.systems or ():
            if name not in able:
                fault = f"{name} is not a language model: it can only correct, with kind: edits"
                raise RosterError(f"panel.systems: {fault}")
        return list(self._config.systems or able)

    def _unknown(self, model: str) -> str:
        known = ", ".join(self.models())
        if not known:
            return "the roster has no `chat` members, and its panel does not have `kind: edits`"
        return f"the model {model!r} is unknown; available: {known}"


def _has_format(conversation: Conversation) -> bool:
    given = conversation.options.get("response_format")
    return isinstance(given, dict) and given.get("type") != "text"


def _as_answered(outcome: Outcome, answers: Mapping[str, Answer]) -> Outcome:
    """Return the outcome with the text that each member gave, in its own form."""
    results = {
        name: replace(result, text=answers[name].text) if result.status == "ok" else result
        for name, result in outcome.results.items()
    }
    return replace(outcome, results=results)


def _nobody(reasons: Mapping[str, str | None]) -> Problem:
    """Return the problem of a conversation that no member answered: why, by member."""
    listed = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    shown = listed if len(listed) <= _SHOWN else f"{listed[:_SHOWN]}…"
    # Clients would send it again by themselves, and pay each member again.
    headers = {"x-should-retry": "false"}
    return Problem("no-system-answered", f"no member answered: {shown}", headers=headers)
