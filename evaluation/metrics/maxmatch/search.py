"""Of all the edits a system may have made, those closest to an annotator's.

A path through the edit graph costs one for each step on it and a thousandth for each edit,
and a gold edit outweighs all: the order of preference of Dahlmeier & Ng (2012). What their
scorer adds to it decides ties, and ties decide counts, so it is kept to the last bit: an arc
found twice pays for its edit twice, costs are added in floating point along the path, and of
equally cheap paths the one stays that a Bellman-Ford search through the arcs meets first.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import cycle
from math import inf

from evaluation.metrics.maxmatch.edit_graph import edit_graph
from evaluation.records import Edit, GoldEdit

_EDIT = 0.001

_Arcs = dict[tuple[int, int], dict[tuple[str, ...], list[int]]]


class Explanations:
    """All the cheapest ways to explain a hypothesis by edits of its source.

    Raises:
        TooManyEditsError: as `edit_graph`.
    """

    def __init__(
        self, source: Sequence[str], hypothesis: Sequence[str], max_unchanged: int
    ) -> None:
        self._hypothesis = hypothesis
        self._graph = edit_graph(source, hypothesis, max_unchanged)
        _, _, steps, unchanged, copies = self._graph
        self._costs = [
            _cost(n, times if n > same else 0)
            for n, same, times in zip(steps, unchanged, copies, strict=True)
        ]
        self._gold_cost = -sum(copies)
        self._single = steps.count(1)
        self._arcs = self._by_text()
        self._found: dict[tuple[tuple[int, ...], ...], list[Edit]] = {}

    def closest_to(self, golds: Sequence[GoldEdit]) -> list[Edit]:
        """Return, in reading order, the edits of the way that has the most of `golds`.

        Gold edits that no arc makes are nothing to it, so that annotators who are right and
        wrong alike share a search.
        """
        hits = [(gold, arcs) for gold in golds if (arcs := self._arcs_for(gold))]
        key = tuple(arcs for _, arcs in hits)
        if key not in self._found:
            steps, unchanged = self._graph.steps, self._graph.unchanged
            path = self._cheapest_path(self._costs_towards([gold for gold, _ in hits]))
            self._found[key] = [self._edit(k) for k in path if steps[k] > unchanged[k]]
        return self._found[key]

    def _edit(self, k: int) -> Edit:
        (start, at), (end, to) = (self._graph.nodes[node] for node in self._graph.ends[k])
        return Edit(start, end, tuple(self._hypothesis[at:to]))

    def _by_text(self) -> _Arcs:
        """Return the arcs over each span of source tokens, by what they put there."""
        found: _Arcs = defaultdict(lambda: defaultdict(list))
        nodes, hypothesis = self._graph.nodes, tuple(self._hypothesis)
        for k, (tail, head) in enumerate(self._graph.ends):
            (start, at), (end, to) = nodes[tail], nodes[head]
            found[start, end][hypothesis[at:to]].append(k)
        return found

    def _arcs_for(self, gold: GoldEdit) -> tuple[int, ...]:
        """Return the arcs that make a gold edit."""
        texts = self._arcs.get((gold.start, gold.end))
        if texts is None:
            return ()
        return tuple(k for words in gold.replacements for k in texts.get(words, ()))

    def _costs_towards(self, golds: Sequence[GoldEdit]) -> list[float]:
        """Return the cost of each arc in a search for the edits `golds`."""
        insertions: dict[tuple[int, int], list[GoldEdit]] = defaultdict(list)
        costs = self._costs.copy()
        for gold in golds:
            if gold.start == gold.end:
                insertions[gold.start, gold.end].append(gold)
                continue
            for k in self._arcs_for(gold):
                costs[k] = self._gold_cost
        for span, wanted in insertions.items():
            arcs = sorted(k for same in self._arcs[span].values() for k in same)
            self._weigh_insertions(arcs, wanted, costs)
        return costs

    def _weigh_insertions(
        self, arcs: Sequence[int], golds: Sequence[GoldEdit], costs: list[float]
    ) -> None:
        """Set the `costs` of the insertions at one place so that no gold one counts twice.

        The arcs, in reading order, are looked at from both ends in turn. Where one fits, it
        and the gold insertion are used up, and its end moves on to the next arc that adjoins
        and has another turn.
        """
        for k in arcs:
            costs[k] = self._graph.steps[k]
        in_order = sorted(arcs, key=self._graph.ends.__getitem__)
        run = [k for k in in_order for _ in range(self._graph.copies[k])]
        ends, spare, side = [0, len(run) - 1], [0, len(golds) - 1], 0
        while ends[0] <= ends[1]:
            side = side if ends[0] < ends[1] else 0
            inward = -1 if side else 1
            k = run[ends[side]]
            ends[side] += inward
            left = range(spare[side], spare[1 - side] + inward, inward)
            text = self._edit(k).replacement
            match = next((g for g in left if text in golds[g].replacements), None)
            if match is None:
                costs[k] += _EDIT
                side = 1 - side
                continue
            costs[k] = self._gold_cost
            spare[side] = match + inward
            while 0 <= ends[side] < len(run) and not self._adjoin(k, run[ends[side]], side):
                costs[run[ends[side]]] += _EDIT
                ends[side] += inward

    def _adjoin(self, k: int, other: int, side: int) -> bool:
        first, second = (other, k) if side else (k, other)
        return self._graph.ends[first][1] == self._graph.ends[second][0]

    def _cheapest_path(self, costs: Sequence[float]) -> list[int]:
        """Return the arcs of the cheapest path from start to end, in order.

        Single steps and longer arcs are each in such an order that none changes what one before
        it leads from: where the ones changed nothing, the others need not be gone through again.
        """
        distance = [0.0] + [inf] * (len(self._graph.nodes) - 1)
        arrival = [-1] * len(self._graph.nodes)
        halves = [
            list(zip(range(len(costs))[half], self._graph.ends[half], costs[half], strict=True))
            for half in (slice(0, self._single), slice(self._single, None))
        ]
        changed = 0  # the last turn that did
        for turn, arcs in enumerate(cycle(halves)):
            if turn > changed + 1:
                break
            for k, (tail, head), cost in arcs:
                through = distance[tail] + cost
                if through < distance[head]:
                    distance[head], arrival[head], changed = through, k, turn
        path: list[int] = []
        arc = arrival[-1]
        while arc >= 0:
            path.append(arc)
            arc = arrival[self._graph.ends[arc][0]]
        return path[::-1]


@cache
def _cost(steps: int, edits: int) -> float:
    cost = float(steps)
    for _ in range(edits):
        cost += _EDIT
    return cost
