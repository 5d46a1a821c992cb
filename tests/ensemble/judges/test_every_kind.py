"""Every registered kind of judge keeps the laws that `check_judge` ships."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from ensemble.judges.registry import JUDGES, kinds
from ensemble.testing import JUDGE_CHECKS, check_judge
from ensemble.testing.judges import JudgeCase, Question
from tests.ensemble.judges.chat_server import SLOW_S, chat_server
from tests.ensemble.systems import stand_ins

QUESTIONS: tuple[Question, ...] = (
    ("one", ("two", "three")),
    ("zwölf 🙂", ("a\nb", "b", 'say "A: 9"')),
)
SLOW: Question = ("one", ("two", "slow"))
FAILING: tuple[Question, ...] = (("one", ("two", "raise")), ("one", ("two", "babble")))


WORDS = ["<pad>", "</s>", "<unk>", "one", "two", "three", "a", "b"]


def by_length(source: str, outputs: Sequence[str]) -> Sequence[float]:
    """Score outputs by their lengths; slow, failing or babbling where one says so."""
    if "slow" in outputs:
        time.sleep(SLOW_S)
    if "raise" in outputs:
        raise RuntimeError("two\nlines of reasons")
    return [float("nan") if text == "babble" else 1 / (1 + len(text)) for text in outputs]


def case_of(
    entry: dict[str, Any], slow: Question | None = SLOW, failing: tuple[Question, ...] = FAILING
) -> JudgeCase:
    """The case of one entry of a roster."""
    config = JUDGES.read({"name": "x", **entry})
    return JudgeCase(config.judge, config.range, QUESTIONS, slow, failing)


@pytest.fixture(scope="module")
def callable_() -> JudgeCase:
    return case_of({"callable": f"{__name__}:by_length"})


@pytest.fixture(scope="module")
def chat() -> Iterator[JudgeCase]:
    with chat_server() as server:
        yield case_of(server.entry(failures=2, pause_s=0.05))


@pytest.fixture(scope="module")
def estimator(tmp_path_factory: pytest.TempPathFactory) -> JudgeCase:
    """A tiny model: slow and failing functions are checked with `callable`, which runs it."""
    folder = tmp_path_factory.mktemp("estimator")
    stand_ins.save_classifier(folder, WORDS)
    return case_of({"estimator": str(folder), "label": "formal"}, slow=None, failing=())


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> JudgeCase:
    """A tiny encoder of random weights."""
    folder = tmp_path_factory.mktemp("encoder")
    stand_ins.save_encoder(folder, WORDS)
    return case_of({"encoder": str(folder), "compare": "outputs"}, slow=None, failing=())


@pytest.fixture
def case(request: pytest.FixtureRequest) -> JudgeCase:
    """The stand-in of a kind: a new kind needs a fixture of its name here."""
    name = request.param
    return request.getfixturevalue("callable_" if name == "callable" else name)


@pytest.mark.parametrize("case", [kind.name for kind in kinds()], indirect=True)
@pytest.mark.parametrize("check", JUDGE_CHECKS, ids=lambda check: check.__name__)
def test_a_kind_of_judge_keeps_a_law(case: JudgeCase, check: Callable[[JudgeCase], None]) -> None:
    check(case)


def by_place(source: str, outputs: Sequence[str]) -> Sequence[float]:
    return [place / len(outputs) for place in range(len(outputs))]


def beyond(source: str, outputs: Sequence[str]) -> Sequence[float]:
    return [2.0] * len(outputs)


def too_few(source: str, outputs: Sequence[str]) -> Sequence[float]:
    return [0.5]


@pytest.mark.parametrize(
    ("function", "law"),
    [
        (by_place, "in the reversed order"),
        (beyond, "outside 0.0 to 1.0"),
        (too_few, "answered 1 scores for 2 outputs"),
    ],
)
def test_a_judge_that_breaks_a_law_is_found(function: Callable[..., Any], law: str) -> None:
    entry = {"name": "x", "callable": f"{__name__}:{function.__name__}"}
    with pytest.raises(AssertionError, match=law):
        check_judge(JUDGES.read(entry), QUESTIONS[:1])
