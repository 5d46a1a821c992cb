"""The cost of the neural combiner: time to combine and to train, memory, and for a language model.

Combining is timed on one core, turn about with a logistic regression of scikit-learn on the
same ballots; training on all cores, in a fresh process whose memory is all there is.
"""

import resource
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import torch

from benchmarks.clock import ratio, seconds, speed
from benchmarks.study import VOTE, bea
from benchmarks.table import SETS, data, publish
from ensemble.candidates import collect_all
from ensemble.combiners.base import Combiner, combine_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.supervised.logistic import Logistic
from ensemble.targets import subset
from evaluation.data.readers import read_folder

ROUNDS = 5
CONTEXT = "smollm2"
READ = 200  # segments the language model is timed on
SETS_TRAINED = ("S7", "S12")


def main() -> None:
    """Print the tables; about four minutes."""
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as fresh:
        trained = [fresh.submit(_training, label).result() for label in SETS_TRAINED]
    note = "Wall-clock seconds, all cores; memory of the whole process, all libraries loaded."
    publish("python -m benchmarks.speed", trained, note)
    torch.set_num_threads(1)
    publish("python -m benchmarks.speed", _combining(), f"Medians and ranges of {ROUNDS} rounds.")


def _training(label: str) -> dict[str, object]:
    ballots, targets = bea(label)
    began = time.perf_counter()
    Neural.learn(ballots, targets)
    taken = time.perf_counter() - began
    combining = combine_all(ballots, VOTE)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "systems": label,
        "segments": len(combining),
        "training, s": f"{taken:.1f}",
        "peak memory, MiB": f"{peak:,.0f}",
    }


def _combining() -> list[dict[str, object]]:
    ballots, targets = bea("S7")
    combiners: dict[str, Combiner] = {
        "vote": VOTE,
        "logistic (scikit-learn)": Logistic.learn(ballots, targets).fit(ballots),
        "neural": Neural.learn(ballots, targets).fit(ballots),
    }
    taken: dict[str, list[float]] = {name: [] for name in combiners}
    whole = []
    for _ in range(ROUNDS):
        for name, combiner in combiners.items():
            taken[name].append(seconds(partial(combine_all, ballots, combiner)) / len(ballots))
        whole.append(seconds(lambda: _from_texts(combiners["neural"])) / len(ballots))
    rows = [_row(f"{name}: combine and decode", speed(some)) for name, some in taken.items()]
    rows.append(_row("neural: aligned from texts, too", speed(whole)))
    against = ratio(taken["neural"], taken["logistic (scikit-learn)"], 2)
    rows.append(_row("neural against logistic, times as fast", against))
    rows.append(_row(f"neural, {CONTEXT}: combine and decode", speed([_in_context()], 1)))
    return rows


def _from_texts(combiner: Combiner) -> None:
    segments = read_folder(data("gec", "bea_dev"), SETS["S7"])
    combine_all(list(collect_all(segments, "edits")), combiner)


def _in_context() -> float:
    some, known = subset(*bea("S7"), np.arange(READ))
    combiner = Neural.learn(some, known, context=CONTEXT).fit(some)
    fresh = subset(*bea("S7"), np.arange(READ, 2 * READ))[0]
    return seconds(lambda: combine_all(fresh, combiner)) / READ


def _row(what: str, figure: str) -> dict[str, object]:
    return {"what": what, "segments of 7 systems a second, one core": figure}


if __name__ == "__main__":
    main()
