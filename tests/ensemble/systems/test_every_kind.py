"""Every registered kind of system keeps the laws that `check_system` ships."""

import json
from collections.abc import Callable, Iterator

import pytest

from ensemble.diversity import artefact
from ensemble.diversity.policy.kinds import Edits
from ensemble.diversity.policy.member import Member
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training.task import new_policy
from ensemble.systems.registry import kinds
from ensemble.systems.roster import Roster
from ensemble.testing import SYSTEM_CHECKS
from ensemble.testing.systems import SystemCase
from tests.ensemble.diversity.conftest import OTHERS, SOURCE, VERSIONS
from tests.ensemble.systems import stand_ins


def case_of(
    entry: dict[str, object],
    answers: dict[str, str | None] | None = None,
    slow: str | None = stand_ins.SLOW,
    failing: tuple[str, ...] = stand_ins.FAULTS,
) -> SystemCase:
    """The case of one entry of a roster."""
    roster = Roster.model_validate({"version": 1, "systems": [{"name": "x", **entry}]})
    return SystemCase(lambda: roster.systems()[0], answers or stand_ins.ANSWERS, slow, failing)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with stand_ins.server() as url:
        yield url


@pytest.fixture(scope="module")
def command() -> SystemCase:
    program = ["{python}", "-S", "-c", stand_ins.PROGRAM]
    return case_of({"command": program, "cool_down_s": 0.01, "cool_down_max_s": 0.02})


@pytest.fixture(scope="module")
def callable_() -> SystemCase:
    return case_of({"callable": f"{stand_ins.__name__}:behave"})


ENDPOINT = {"allow_private": True, "attempts": 1, "failures": 2, "pause_s": 0.05}


@pytest.fixture(scope="module")
def http(url: str) -> SystemCase:
    request = {"source": "{source}"}
    return case_of({"url": url, "request": request, "response": "answer", **ENDPOINT})


@pytest.fixture(scope="module")
def chat(url: str) -> SystemCase:
    return case_of({"chat": url, "model": "m", "prompt": "{source}", **ENDPOINT})


@pytest.fixture(scope="module")
def languagetool(url: str) -> SystemCase:
    return case_of({"languagetool": url, **ENDPOINT})


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> SystemCase:
    """A tiny model: slow and failing functions are checked with `callable`, which runs it."""
    folder = tmp_path_factory.mktemp("classifier")
    words = ["<pad>", "</s>", "<unk>", "this", "is", "a", "test", "."]
    stand_ins.save_classifier(folder, words, always="formal")
    answers = {"this is a test .": "formal", "a\r\ntest": "formal\r\nformal"}
    entry = {"task": "text-classification", "model": str(folder)}
    return case_of(entry, answers, slow=None, failing=())


def eager(source: str) -> str:
    return VERSIONS["eager"].format(source.split()[-3])


def odd(source: str) -> str:
    """What the others say: it is slow, fails or babbles where the source says so."""
    number = source.split()[-3]
    return stand_ins.behave(number) if number in stand_ins.FAULTS else odd_text(number)


def odd_text(number: str) -> str:
    stand_ins.behave(number)
    return VERSIONS["odd"].format(number)


@pytest.fixture(scope="module")
def member(experiment_data, tasks, tmp_path_factory: pytest.TempPathFactory) -> SystemCase:  # type: ignore[no-untyped-def]
    """A member that nobody trained: it chooses what `eager` says, and looks at the others."""
    folder = tmp_path_factory.mktemp("member")
    observer = Observer.of(experiment_data.visible, "eager", None)
    trained = Member(new_policy(tasks[0], 0), observer, Edits(), ("eager", "odd"), tuple(OTHERS))
    artefact.write(folder / "member", trained, [], "run")
    functions = {"eager": eager, "odd": odd, **dict.fromkeys(OTHERS, odd)}
    asked = [{"name": n, "callable": f"{__name__}:{f.__name__}"} for n, f in functions.items()]
    roster = folder / "asked.yaml"
    roster.write_text(json.dumps({"version": 1, "systems": asked}))
    entry = {"member": str(folder / "member"), "roster": str(roster)}
    answers = {SOURCE.format(n): VERSIONS["eager"].format(n) for n in range(3)}
    failing = tuple(SOURCE.format(fault) for fault in stand_ins.FAULTS)
    return case_of(entry, answers, SOURCE.format(stand_ins.SLOW), failing)


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> SystemCase:
    """Three of one system: what each answers, they answer together."""
    roster = tmp_path_factory.mktemp("ensemble") / "inner.yaml"
    asked = [{"name": n, "callable": f"{stand_ins.__name__}:behave"} for n in "abc"]
    roster.write_text(json.dumps({"version": 1, "systems": asked}))
    return case_of({"ensemble": str(roster)})


@pytest.fixture
def case(request: pytest.FixtureRequest) -> SystemCase:
    """The stand-in of a kind: a new kind needs a fixture of its name here."""
    name = request.param
    return request.getfixturevalue("callable_" if name == "callable" else name)


@pytest.mark.parametrize("case", [kind.name for kind in kinds()], indirect=True)
@pytest.mark.parametrize("check", SYSTEM_CHECKS, ids=lambda check: check.__name__)
def test_a_kind_of_system_keeps_a_law(
    case: SystemCase, check: Callable[[SystemCase], None]
) -> None:
    check(case)
