"""How good each system of a roster is at each type of edit, measured on planted errors.

`python -m benchmarks.competence ROSTER` prints it, and with `--write` puts it into the roster as
each system's `competence`, with the `weight` at which the vote is best: systems of one kind share
mistakes, and their voices together are worth less than their sum. The rest of the file, comments
included, stays. The sentences are those of set 0: set 1 is for `benchmarks.embedded`, which says
what the competences are worth.
"""

import argparse
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.answers import answers, planted
from benchmarks.table import publish
from ensemble.baselines import Majority
from ensemble.candidates import Ballot, collect_all
from ensemble.combiner import combine_all
from ensemble.competence import Skill
from ensemble.roster import read_roster
from ensemble.targets import Targets, from_references
from evaluation.edits.align import align
from evaluation.edits.classify import TYPES, classify
from evaluation.edits.tokens import tokenise
from evaluation.metrics.fscore import percentages
from evaluation.writers import write_bytes

ROSTER = Path(__file__).parents[1] / "configs" / "systems" / "embedded.yaml"
SIZE = 900

Skills = Mapping[str, Mapping[str, Skill]]
"""By system and type of edit."""

_PRIOR = 2
"""Proposals, half of them right, and errors, all missed, that are added to what was seen."""


def measured(ballots: Sequence[Ballot], targets: Targets, wanted: Mapping[str, int]) -> Skills:
    """Return each system's skills; `wanted` is how many edits of each type are right."""
    made: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    for ballot, values in zip(ballots, targets.values, strict=True):
        for candidate, value in zip(ballot.candidates, values.tolist(), strict=True):
            for name in candidate.voters:
                made[name, candidate.type] += 1
                right[name, candidate.type] += int(value)
    return {
        name: {
            type_: _skill(right[name, type_], made[name, type_], wanted.get(type_, 0))
            for type_ in TYPES
            if made[name, type_]
        }
        for name in sorted({name for ballot in ballots for name in ballot.systems})
    }


def _skill(right: int, made: int, wanted: int) -> Skill:
    precision = (right + _PRIOR / 2) / (made + _PRIOR)
    return Skill(round(precision, 2), round(min(1.0, right / (wanted + _PRIOR)), 2))


def best_weights(ballots: Sequence[Ballot], targets: Targets, skills: Skills) -> dict[str, float]:
    """Return the weights of `_WEIGHTS` with which the vote has the highest F0.5.

    One system's after the other's, twice over; only a gain changes one.
    """
    weights = dict.fromkeys(skills, 1.0)
    for name in [*skills, *skills]:
        tried = [weights, *({**weights, name: weight} for weight in _WEIGHTS)]
        weights = max(tried, key=lambda some: _f(ballots, targets, Majority(None, some, skills)))
    return weights


def _f(ballots: Sequence[Ballot], targets: Targets, vote: Majority) -> float:
    correct = accepted = 0.0
    for output, values in zip(combine_all(ballots, vote), targets.values, strict=True):
        taken = np.array([decision.accepted for decision in output.decisions], dtype=bool)
        correct += float(values[taken].sum())
        accepted += float(taken.sum())
    return float(percentages(np.array([correct, accepted, targets.gold.sum()]), beta=0.5)[0])


_WEIGHTS = (0.25, 0.5, 0.75, 1.0, 1.5)


def wanted_edits(pairs: Sequence[tuple[str, str]]) -> Counter[str]:
    """Return how many edits of each type turn each source into its target."""
    found: Counter[str] = Counter()
    for source, target in pairs:
        tokens = tokenise(source)
        found.update(classify(tokens, edit) for edit in align(tokens, tokenise(target)))
    return found


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
