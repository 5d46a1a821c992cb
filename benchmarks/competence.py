"""How good each system of a roster is at each type of edit, measured on planted errors.

`python -m benchmarks.competence ROSTER` prints it, and with `--write` puts it into the roster as
each system's `competence`, with the `weight` at which the vote is best: systems of one kind share
mistakes, and their voices together are worth less than their sum. The rest of the file, comments
included, stays. The sentences are those of set 0: set 1 is for `benchmarks.embedded`, which says
what the competences are worth.
"""

import argparse
import re
from collections.abc import Mapping
from pathlib import Path

from benchmarks.answers import answers, planted
from benchmarks.skills import Skills, best_weights, measured, wanted_edits
from benchmarks.table import publish
from ensemble.candidates import collect_all
from ensemble.competence import Skill
from ensemble.systems.roster import read_roster
from ensemble.targets import from_references
from evaluation.data.writers import write_bytes
from evaluation.edits.classify import TYPES

ROSTER = Path(__file__).parents[1] / "configs" / "systems" / "embedded.yaml"
SIZE = 900


def written(content: str, skills: Skills, weights: Mapping[str, float]) -> str:
    """Return the YAML `content` of a roster with `skills` and `weights` as the systems' own.

    Those that are there give way; where there are none, they come behind the name.
    """
    entry = re.compile(r"(?ms)^  - name: (\S+)\n.*?(?=^  - |^\S|^\s*$|\Z)")

    def filled(match: re.Match[str]) -> str:
        types, weight = skills.get(match.group(1)), weights.get(match.group(1), 1.0)
        return _with(match.group(), types, weight) if types else match.group()

    return entry.sub(filled, content)


def _with(entry: str, types: Mapping[str, Skill], weight: float) -> str:
    """Return the `entry` of a system with its competence and weight."""
    entry = re.sub(r"(?m)^    weight: .*\n", "", entry)
    lines = [
        f"      {type_}: {{precision: {skill.precision:g}, recall: {skill.recall:g}}}\n"
        for type_, skill in types.items()
    ]
    competence = f"    competence:\n{''.join(lines)}"
    competence += f"    weight: {weight:g}\n" if weight != 1 else ""
    there = re.compile(r"(?m)^    competence:.*\n(?:      .*\n)*")
    if there.search(entry):
        return there.sub(lambda _: competence, entry)
    name, rest = entry.split("\n", 1)
    return f"{name}\n{competence}{rest}"


def main() -> None:
    """Print the table; about two minutes for the embedded five."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.competence")
    parser.add_argument("roster", nargs="?", type=Path, default=ROSTER)
    parser.add_argument("--write", action="store_true", help="put the figures into the roster")
    given = parser.parse_args()
    pairs = [(sentence.source, sentence.target) for sentence in planted(0, SIZE)]
    segments = answers(read_roster(given.roster), [source for source, _ in pairs])
    ballots = list(collect_all(segments, "edits"))
    wanted = wanted_edits(pairs)
    targets = from_references(ballots, [[target] for _, target in pairs])
    skills = measured(ballots, targets, wanted)
    weights = best_weights(ballots, targets, skills)
    shown = ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
    note = f"Precision, recall; {SIZE} sentences. Weights: {shown}."
    publish("python -m benchmarks.competence", _rows(skills, wanted), note)
    if given.write:
        content = given.roster.read_text(encoding="utf-8")
        write_bytes(given.roster, written(content, skills, weights).encode("utf-8"))


def _rows(skills: Skills, wanted: Mapping[str, int]) -> list[dict[str, object]]:
    return [
        {"type": type_, "errors": wanted.get(type_, 0)}
        | {name: _shown(types.get(type_)) for name, types in skills.items()}
        for type_ in TYPES
        if any(type_ in types for types in skills.values())
    ]


def _shown(skill: Skill | None) -> str:
    return f"{skill.precision:.2f}, {skill.recall:.2f}" if skill else ""


if __name__ == "__main__":
    main()
