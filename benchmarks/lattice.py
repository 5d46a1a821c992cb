"""How fast a lattice is scored: each text once for all annotators, against MaxMatch text by text.

CoNLL-2014 with ten annotators' edits, three orders each, every chain scored against the nine
others, on all cores. Plain is what one writes down first: for every text of every chain, MaxMatch
against that chain's references, nothing kept; both on the same sentences and one core.
"""

from collections.abc import Sequence
from random import Random
from time import perf_counter

from benchmarks.clock import seconds
from benchmarks.table import data, publish
from evaluation.execution.engine import working
from evaluation.execution.progress import quietly
from evaluation.lattice.chains import Lattice, build
from evaluation.lattice.gold import Gold, read_gold
from evaluation.lattice.items import ReferenceSet, ScoredChains, assign_references, reference_set
from evaluation.lattice.scoring import score
from evaluation.metrics.maxmatch import MaxMatch
from evaluation.metrics.registry import load_metric

CHAINS = 3
SEED = 1
SAMPLE = 40  # sentences of the plain way


@working()
def main() -> None:
    """Print the table; about two minutes."""
    gold = read_gold([data("gec", "maege", f"A{k}.m2") for k in range(1, 11)])
    began = perf_counter()
    lattice, chains, references = _built(gold)
    taken = {"lattice built": perf_counter() - began}
    for name in ("maxmatch", "chrf"):
        began = perf_counter()
        score(load_metric(name), chains.items, references, quietly)
        taken[name] = perf_counter() - began
    taken["all three"] = sum(taken.values())
    rows = [{"what": what, "s": f"{value:.1f}"} for what, value in taken.items()]
    shared, plain = _both_ways(chains, references)
    rows += [
        {"what": f"maxmatch on {SAMPLE} sentences, processor time", "s": f"{shared:.1f}"},
        {"what": "the same, text by text", "s": f"{plain:.1f}"},
        {"what": "times as fast", "s": f"**{plain / shared:.1f}**"},
    ]
    visits = sum(len(chain.texts) for chain in lattice.chains)
    size = f"{len(gold.sentences):,} sentences, {len(lattice.chains):,} chains"
    note = (
        f"{size}, {visits:,} texts on them, {lattice.texts:,} different; seed {SEED}. Wall clock."
    )
    publish("python -m benchmarks.lattice", rows, note)


def _built(gold: Gold) -> tuple[Lattice, ScoredChains, ReferenceSet]:
    lattice = build(gold, CHAINS, SEED)
    return lattice, assign_references(lattice, lattice.chains, gold, SEED)[0], reference_set(gold)


def _both_ways(chains: ScoredChains, references: ReferenceSet) -> tuple[float, float]:
    """Return the seconds that MaxMatch takes on the texts of some sentences: shared, and plain."""
    places = sorted({chain.sentence for chain in chains.chains})
    some = set(Random(SEED).sample(places, SAMPLE))
    visits = [chains.items[k] for row in chains.item_indices for k in row[row >= 0]]
    chosen = [item for item in visits if item[0] in some]
    metric = MaxMatch()
    shared = seconds(lambda: score(metric, list(dict.fromkeys(chosen)), references, quietly))
    return shared, seconds(lambda: _one_by_one(metric, chosen, references))


def _one_by_one(metric: MaxMatch, items: Sequence[tuple[int, str, tuple[int, ...]]],
                references: ReferenceSet) -> None:  # fmt: skip
    for item in items:
        metric.segment_scores(references.texts([item]))


if __name__ == "__main__":
    main()
