"""Gives insertions and deletions of repeated words one position, the rightmost.

Either word of `had had` can be deleted, and an alignment chooses by the words around them. Here
the last is always chosen, so that the same deletion is the same edit whatever else a system
changed.
"""

from collections.abc import Sequence

from evaluation.edits.steps import Pair, Step, span

LONGEST_REPEAT = 8
"""Tokens that are deleted together as a repetition; longer runs are moved only as a whole."""

_OTHER = {"insert": "delete", "delete": "insert"}


def settle(steps: Sequence[Step], pair: Pair) -> list[Step]:
    """Return `steps` with each run of insertions or deletions moved right as far as possible.

    Words of a run that repeat the words before them become a separate step, `repeat`.
    """
    pending = list(reversed(_runs(steps)))
    settled: list[Step] = []
    while pending:
        step = pending.pop()
        if step.name not in _OTHER:
            settled.append(step)
            continue
        while pending and (moved := _past(step, pending[-1], pair)):
            first, passed, step, rest = moved
            settled += _split(first, pair)
            settled.append(passed)
            pending.pop()
            if rest:
                pending.append(rest)
                break
            if pending and pending[-1].name == step.name:
                step = span([step, pending.pop()], step.name)
        settled += _split(step, pair)
    return settled


def _runs(steps: Sequence[Step]) -> list[Step]:
    """Return `steps` with neighbouring insertions joined, and neighbouring deletions joined."""
    runs: list[Step] = []
    for step in steps:
        if runs and step.name in _OTHER and runs[-1].name == step.name:
            step = span([runs.pop(), step], step.name)
        runs.append(step)
    return runs


def _past(
    run: Step, following: Step, pair: Pair
) -> tuple[Step | None, Step, Step, Step | None] | None:
    """Move `run` behind as much of `following` as possible; None where it cannot move.

    Returns:
        The part of the run that does not move, the passed part of `following`, which is now
        before the run, the moved run, and the part of `following` that was not passed.
    """
    if following.name not in ("equal", "replace"):
        return None
    words, start, end = _side(run, pair)
    size = following.end - following.start
    first = _first_to_move(words, start, end, size)
    if first is None:
        return None
    moved = 0
    while moved < size and words[first + moved] == words[end + moved]:
        moved += 1
    # Where two words replace three, no word matches a single one: all are passed, or none.
    if following.name == "replace" and not moved == size == following.to - following.at:
        return None
    return _swapped(run, following, first - start, moved)


def _side(run: Step, pair: Pair) -> tuple[list[str], int, int]:
    """Return the text that has the words of `run`, and their range in it."""
    if run.name == "delete":
        return pair.before, run.start, run.end
    return pair.after, run.at, run.to


def _first_to_move(words: list[str], start: int, end: int, size: int) -> int | None:
    """Return the beginning of the part of the run that can move: all of it or a repeated end."""
    if words[start] == words[end]:
        return start
    for first in range(max(start + 1, end - min(LONGEST_REPEAT, size)), end):
        if words[first:end] == words[end : end + end - first]:
            return first
    return None


def _swapped(
    run: Step, following: Step, stays: int, moved: int
) -> tuple[Step | None, Step, Step, Step | None]:
    deletes = run.name == "delete"
    first = _part(run, 0, stays) if stays else None
    start, at = (run.start + stays, run.at) if deletes else (run.start, run.at + stays)
    passed = Step(following.name, start, start + moved, at, at + moved)
    size = (run.end - run.start if deletes else run.to - run.at) - stays
    behind = (
        Step(run.name, passed.end, passed.end + size, passed.to, passed.to)
        if deletes
        else Step(run.name, passed.end, passed.end, passed.to, passed.to + size)
    )
    if moved == following.end - following.start:
        return first, passed, behind, None
    rest = Step(following.name, behind.end, following.end, behind.to, following.to)
    return first, passed, behind, rest


def _part(run: Step, begin: int, end: int) -> Step:
    """Return the tokens `[begin, end)` of a run, counted from its first token."""
    if run.name == "delete":
        return Step(run.name, run.start + begin, run.start + end, run.at, run.to)
    return Step(run.name, run.start, run.end, run.at + begin, run.at + end)


def _split(run: Step | None, pair: Pair) -> list[Step]:
    """Split a run in parts where its first words repeat those before it.

    Insertions at one position stay one step, as two edits cannot have the same position. A third
    and a fourth repetition are treated as the second.
    """
    parts = []
    while run is not None and (size := _repeated(run, pair)):
        if run.name == "insert":
            return [run._replace(name="repeat")]
        parts.append(_part(run, 0, size)._replace(name="repeat"))
        whole = run.end - run.start
        run = _part(run, size, whole) if size < whole else None
    return parts if run is None else [*parts, run]


def _repeated(run: Step, pair: Pair) -> int:
    """Return how many of the first words of a run repeat those before it; 0 for none."""
    words, start, end = _side(run, pair)
    sizes = range(1, min(end - start, start, LONGEST_REPEAT) + 1)
    repeats = (n for n in sizes if words[start : start + n] == words[start - n : start])
    return next(repeats, 0)
