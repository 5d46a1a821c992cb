import asyncio

import pytest
import yaml

from ensemble.diversity import artefact
from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.config import Config
from ensemble.diversity.policy.kinds import Edits, Labels
from ensemble.diversity.policy.member import Member
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training.task import new_policy
from ensemble.systems import SystemFailure
from ensemble.systems.roster import read_roster
from tests.ensemble.diversity import answers
from tests.ensemble.diversity.conftest import CONFIG, OTHERS, SOURCE, VERSIONS, toy, toy_tasks


def eager(source):
    return VERSIONS["eager"].format(7)


def odd(source):
    return VERSIONS["odd"].format(7)


def mute(source):
    raise RuntimeError("nothing to say")


def roster(folder, **functions):
    path = f"{__name__}:{{}}"
    entries = [{"name": n, "callable": path.format(f.__name__)} for n, f in functions.items()]
    file = folder / "asked.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "systems": entries}))
    member = {"name": "new", "member": str(folder / "member"), "roster": str(file)}
    whole = folder / "all.yaml"
    whole.write_text(yaml.safe_dump({"version": 1, "systems": [member]}))
    return read_roster(whole).systems()[0]


@pytest.fixture
def folder(tmp_path):
    """An untrained member: its output is that of `eager`."""
    experiment_data = ExperimentData(Config.model_validate(CONFIG), toy())
    observer = Observer.of(experiment_data.visible, "eager", None)
    member = Member(
        new_policy(toy_tasks(experiment_data)[0], 0),
        observer,
        Edits(),
        ("eager", "odd"),
        tuple(OTHERS),
    )
    artefact.write(tmp_path / "member", member, [], "run")
    return tmp_path


async def answer(system, source="He go to scool 7 times ."):
    await system.start()
    try:
        return system.health, await system.correct(source)
    finally:
        await system.stop()


ALL = {"odd": odd, **dict.fromkeys(OTHERS, odd)}


def test_in_a_roster_it_answers_as_any_system(folder):
    health, said = asyncio.run(answer(roster(folder, eager=eager, **ALL)))
    assert health.state == "ready"
    assert said == VERSIONS["eager"].format(7)


def test_a_version_that_fails_is_not_chosen(folder):
    _, said = asyncio.run(answer(roster(folder, eager=mute, **ALL)))
    assert said == SOURCE.format(7)


def test_without_a_system_it_looks_at_it_fails(folder):
    with pytest.raises(SystemFailure, match="speller: RuntimeError: nothing to say"):
        asyncio.run(answer(roster(folder, eager=eager, **ALL | {"speller": mute})))


def test_a_roster_that_lacks_one_is_told_by_its_health(folder):
    async def state(system):
        await system.start()
        return system.health

    health = asyncio.run(state(roster(folder, eager=eager)))
    assert health.state == "failed"
    assert "no system" in health.reason


def red(source):
    return "red"


def green(source):
    return "green"


@pytest.fixture
def labelling(tmp_path):
    """An untrained member: its label is that of `eager`."""
    data = answers.experiment("labels")
    policy = new_policy(answers.tasks(data)[0], 0)
    observer = Observer.of(data.visible, "eager", None)
    member = Member(policy, observer, Labels(), ("eager", "odd"), tuple(answers.OTHERS))
    artefact.write(tmp_path / "member", member, [], "run")
    return tmp_path


def test_in_a_roster_it_answers_with_a_label(labelling):
    asked = roster(labelling, eager=green, odd=red, warm=red, cold=red)
    assert asyncio.run(answer(asked, "What is it?"))[1] == "green"


def test_where_it_abstains_it_is_a_system_that_fails(labelling):
    asked = roster(labelling, eager=mute, odd=red, warm=red, cold=red)
    with pytest.raises(SystemFailure, match="it abstains"):
        asyncio.run(answer(asked, "What is it?"))
