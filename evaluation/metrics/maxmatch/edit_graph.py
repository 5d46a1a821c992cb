"""Every cheapest way from a source to a hypothesis, as one graph of edits.

MaxMatch (Dahlmeier & Ng 2012) does not ask which edits a system made, for its text does not
say, but which of all the edits it may have made agree best with the gold ones. The graph
holds them all: a node is a pair of positions (source, hypothesis), a path from (0, 0) to both
ends is one way to explain the hypothesis, and an arc on it is an edit or tokens left alone.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from evaluation.metrics.maxmatch.alignments import Node, TooManyEditsError, cheapest_steps

MAX_ARCS = 200_000
"""The largest graph, in arcs: some 50 tokens rewritten with hardly one in common."""

# For each node, for each tail of an arc to it: the steps the arc joins, and those unchanged.
_Lengths = list[dict[int, tuple[int, int]]]


class EditGraph(NamedTuple):
    """Nodes in reading order, the first the start and the last the end, and arcs between them.

    Of an arc, `ends` are the numbers of the nodes it leads from and to; `steps` is how many
    single steps (one token inserted, deleted, replaced or left alone) it joins and `unchanged`
    how many of them leave a token alone: an arc of such steps only is not an edit. `copies` is
    how often it was found: a single step in one or both alignments, a longer arc by ever
    shorter ways. Lists side by side, for there can be 200,000 arcs in one sentence.
    """

    nodes: list[Node]
    ends: list[tuple[int, int]]
    steps: list[int]
    unchanged: list[int]
    copies: list[int]


def edit_graph(source: Sequence[str], hypothesis: Sequence[str], max_unchanged: int) -> EditGraph:
    """Return the arcs of all cheapest alignments, and those that join several steps into one.

    The alignments are the cheapest where replacing a token costs 1 (as inserting and deleting
    do) and the cheapest where it costs 2. An arc joins at most `max_unchanged` tokens that
    were left alone with the changes around them. Single steps come first, in reading order;
    the others in the order of the node before their last step.

    Raises:
        TooManyEditsError: beyond `MAX_ARCS`, or as `cheapest_steps`.
    """
    alignments = [cheapest_steps(source, hypothesis, cost) for cost in (1, 2)]
    nodes = sorted({(0, 0)}.union(*(steps.keys() for steps in alignments)))
    number = {node: k for k, node in enumerate(nodes)}
    found: list[tuple[int, int]] = []
    lengths: _Lengths = [{} for _ in nodes]
    for steps in alignments:
        for head, tails in steps.items():
            for tail in tails:
                equal = _moves_both(tail, head) and source[tail[0]] == hypothesis[tail[1]]
                lengths[number[head]][number[tail]] = 1, int(equal)
                found.append((number[tail], number[head]))
    found.sort()
    found += _join(lengths, max_unchanged)
    copies = Counter(_without_unchanged(found, lengths))
    sizes = [lengths[head][tail] for tail, head in copies]
    steps_of, unchanged_of = ([size[k] for size in sizes] for k in (0, 1))
    return EditGraph(nodes, list(copies), steps_of, unchanged_of, list(copies.values()))


def _join(lengths: _Lengths, max_unchanged: int) -> list[tuple[int, int]]:
    """Add the arcs that join several steps to `lengths`; return them as they are found."""
    onward: list[list[tuple[int, int]]] = [[] for _ in lengths]
    for head, tails in enumerate(lengths):
        for tail, (_, unchanged) in tails.items():
            onward[tail].append((head, unchanged))
    found: list[tuple[int, int]] = []
    for middle, before in enumerate(lengths):
        further = [(head, lengths[head], more) for head, more in onward[middle]]
        for tail, (steps, unchanged) in sorted(before.items()):
            for head, tails, more in further:
                if unchanged + more > max_unchanged:
                    continue
                if tail not in tails or steps + 1 < tails[tail][0]:
                    tails[tail] = steps + 1, unchanged + more
                    found.append((tail, head))
        if len(found) > MAX_ARCS:
            raise TooManyEditsError(f"over {MAX_ARCS} edits to weigh between two texts")
    return found


def _without_unchanged(found: list[tuple[int, int]], lengths: _Lengths) -> list[tuple[int, int]]:
    """Return the arcs, less those that join unchanged tokens only.

    The official scorer deletes from the list it walks, and so passes over the arc that
    follows one deleted. Such an arc changes no edit, but rounding, and with it ties.
    """
    idle = {
        (tail, head)
        for head, tails in enumerate(lengths)
        for tail, (steps, unchanged) in tails.items()
        if 1 < steps == unchanged
    }
    if not idle:
        return found
    kept: list[tuple[int, int]] = []
    deleted = False
    for arc in found:
        deleted = arc in idle and not deleted
        if not deleted:
            kept.append(arc)
    return kept


def _moves_both(tail: Node, head: Node) -> bool:
    return tail[0] < head[0] and tail[1] < head[1]
