"""Gives insertions and deletions of repeated words one position, the rightmost.

Of `had had` either may go, and an alignment takes the one that suits the words around. Here it
is always the last, so that the same deletion is the same edit whatever else a system changed.
"""

from collections.abc import Sequence

from evaluation.edits.steps import Pair, Step, span

_LONGEST_REPEAT = 8  # tokens; of longer runs only the whole is looked at

_OTHER = {"insert": "delete", "delete": "insert"}


def settle(steps: Sequence[Step], pair: Pair) -> list[Step]:
    """Return `steps` with each run of insertions or deletions as far right as its words allow.

    The words of a run that repeat what stands before them are a step of their own, `repeat`.
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
    """Return `steps` with neighbouring insertions as one, and neighbouring deletions."""
    runs: list[Step] = []
    for step in steps:
        if runs and step.name in _OTHER and runs[-1].name == step.name:
            step = span([runs.pop(), step], step.name)
        runs.append(step)
    return runs


def _past(
    run: Step, following: Step, pair: Pair
) -> tuple[Step | None, Step, Step, Step | None] | None:
    """Return what lets `run` pass as much of `following` as it can; None where it is nothing.

    That is what stays of the run, what was passed (now before it), the run behind that, and
    what of `following` was not passed.
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
    # Two words for three are not word for word: what replaces them is passed whole or not.
    if following.name == "replace" and not moved == size == following.to - following.at:
        return None
    return _swapped(run, following, first - start, moved)


def _side(run: Step, pair: Pair) -> tuple[list[str], int, int]:
    """Return the text in which the words of `run` stand, and where."""
    if run.name == "delete":
        return pair.before, run.start, run.end
    return pair.after, run.at, run.to


def _first_to_move(words: list[str], start: int, end: int, size: int) -> int | None:
    """Return where the part of the run begins that can move: all of it, or a repeated end."""
    if words[start] == words[end]:
        return start
    for first in range(max(start + 1, end - min(_LONGEST_REPEAT, size)), end):
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
    """Return the tokens `[begin, end)` of a run, counted from its own first."""
    if run.name == "delete":
        return Step(run.name, run.start + begin, run.start + end, run.at, run.to)
    return Step(run.name, run.start, run.end, run.at + begin, run.at + end)


def _split(run: Step | None, pair: Pair) -> list[Step]:
    """Return a run in parts, where its first words repeat those before it.

    What is put in at one place stays one step: two edits cannot be made there. A third and
    fourth of the same are as much a repetition as the second.
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
    sizes = range(1, min(end - start, start, _LONGEST_REPEAT) + 1)
    repeats = (n for n in sizes if words[start : start + n] == words[start - n : start])
    return next(repeats, 0)
