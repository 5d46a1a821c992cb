"""A Ray cluster of two nodes on this machine: the same bytes as here, though a node is killed."""

import os
import time

import pytest
from typer.testing import CliRunner

from evaluation.execution.engine import working
from evaluation.execution.workers import map_tasks
from service.cli.app import app

ray = pytest.importorskip("ray", reason="a Ray cluster is in consort[ray]")
SENTENCES = 1100  # three chunks
TASKS = 60
LONGEST = 5000


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    sizes = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}
    running = Cluster(initialize_head=True, head_node_args=sizes)
    running.doomed = running.add_node(num_cpus=1, object_store_memory=80 << 20)
    yield running
    running.shutdown()


def seen(task: int) -> tuple[int, int]:
    """The square of `task`, and whose child found it: a node has its own."""
    time.sleep(0.02)
    return task * task, os.getppid()


def odd(task: int) -> int:
    if task == 5:
        raise ValueError(f"task {task} cannot be done")
    return task


@pytest.mark.filterwarnings("ignore")
def test_whoever_is_lost_the_answers_are_the_same_and_in_order(cluster, tmp_path):
    with working("ray", cluster.address):
        nodes, found = set(), []
        for square, node in map_tasks(seen, _until_one_is_killed(cluster)):
            found.append(square)
            nodes.add(node)
            if len(nodes) == 2 and cluster.doomed:
                cluster.remove_node(cluster.doomed, allow_graceful=False)
                cluster.doomed = None
        assert cluster.doomed is None, "only one node has worked"
        assert found == [task * task for task in range(len(found))]
        assert len(found) > TASKS
        with pytest.raises(ValueError, match="task 5 cannot be done"):
            list(map_tasks(odd, range(TASKS)))
    _combined_alike(tmp_path, cluster.address)


def _until_one_is_killed(cluster):
    """Numbers as long as both nodes live, which may be slow to start, and some more."""
    for number in range(LONGEST):
        yield number
        if cluster.doomed is None:
            break
    yield from range(number + 1, number + 1 + TASKS)


def _combined_alike(folder, address):
    lines = {"source": "He go to school {} .", "a": "He goes to school {} .", "b": "He go to {} ."}
    for name, line in {**lines, "c": lines["a"]}.items():
        texts = "".join(line.format(number) + "\n" for number in range(SENTENCES))
        (folder / f"{name}.txt").write_text(texts)
    made = {}
    for engine, where in (("local", []), ("ray", ["--ray-address", address])):
        out, evidence = folder / f"_{engine}.txt", folder / f"_{engine}.parquet"
        asked = ["combine", str(folder), "--combiner", "agreement", "-o", str(out)]
        options = ["--evidence", str(evidence), "--engine", engine, *where]
        result = CliRunner().invoke(app, [*asked, *options])
        assert result.exit_code == 0, result.output
        made[engine] = out.read_bytes(), evidence.read_bytes()
    assert made["local"] == made["ray"]
