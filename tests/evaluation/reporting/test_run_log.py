"""Figures logged for other tools: what was written is read back by the tools' own readers."""

import math
import sys

import pytest

from evaluation.errors import InputError
from evaluation.execution.progress import Step, quietly
from evaluation.reporting.run_log import log_table, logged, named, open_log
from evaluation.reporting.table import Row, Table

TABLE = Table(
    [Row("neural", "held out", "F0.5 of edits", 63.5, 62.0, 65.0, 300),
     Row("neural", "held out", "nothing", math.nan)],
    "train|kind:edits|cv:5|context:None|consort:0.2.0",
)  # fmt: skip
FINAL = "Final/neural/held out/F0.5 of edits"


def write(log):
    """Log a curve of two stages of two steps, the last of which ends early, and a table."""
    progress = logged(quietly, log)
    for stage in (1, 2):
        for step in progress([Step(1), Step(2), Step(3)], "Tuning"):
            step.figures["loss"] = 1 / (stage * step.item)
            if step.item == 2:
                break
    list(progress([1, 2], "Reading"))
    log_table(log, TABLE)
    log.close()


CURVE = {"Tuning/loss": [(1, 1.0), (2, 0.5), (3, 0.5), (4, 0.25)]}
FINALS = {FINAL: [(1, 63.5)], f"{FINAL} low": [(1, 62.0)], f"{FINAL} high": [(1, 65.0)]}
OPTIONS = {"run": "train", "kind": "edits", "cv": "5", "context": "None", "consort": "0.2.0"}


def test_tensorboard(tmp_path):
    pytest.importorskip("tensorboard", reason="it is in consort[rl]")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    write(open_log(f"tensorboard:{tmp_path / 'new'}", "train mini"))
    events = EventAccumulator(str(tmp_path / "new" / "train mini")).Reload()
    tags = {name.replace("_", " "): name for name in events.Tags()["scalars"]}
    found = {
        name: [(event.step, event.value) for event in events.Scalars(tag)]
        for name, tag in tags.items()
    }
    assert found == CURVE | FINALS
    options = {
        name.split("/")[1]: events.Tensors(name)[0].tensor_proto.string_val[0].decode()
        for name in events.Tags()["tensors"]
    }
    assert options == OPTIONS


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the library
def test_mlflow(tmp_path):
    pytest.importorskip("mlflow", reason="it is in consort[mlflow]")
    from mlflow.tracking import MlflowClient

    write(open_log(f"mlflow:{tmp_path / 'new'}", "train mini"))
    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'new' / 'mlflow.db'}")
    (experiment,) = client.search_experiments(filter_string="name = 'consort'")
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status) == ("train mini", "FINISHED")
    assert run.data.params == OPTIONS
    found = {
        name: [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, name)]
        for name in run.data.metrics
    }
    assert found == CURVE | FINALS


@pytest.mark.parametrize("target", ["", "tensorboard", "tensorboard:", "wandb:x", "runs/x"])
def test_other_targets_are_refused(target):
    with pytest.raises(InputError, match="tensorboard:FOLDER, mlflow:FOLDER or mlflow:ADDRESS"):
        open_log(target, "run")


@pytest.mark.slow
def test_an_mlflow_that_cannot_be_reached_is_an_error_before_the_work():
    pytest.importorskip("mlflow", reason="it is in consort[mlflow]")
    with pytest.raises(InputError, match="MLflow at unknown://nowhere"):
        open_log("mlflow:unknown://nowhere", "run")


@pytest.mark.parametrize(
    ("form", "module", "extra"),
    [("tensorboard", "torch.utils.tensorboard", "rl"), ("mlflow", "mlflow.tracking", "mlflow")],
)
def test_a_missing_library_names_its_extra(monkeypatch, tmp_path, form, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"consort\[{extra}\]"):
        open_log(f"{form}:{tmp_path / 'x'}", "run")
    assert not (tmp_path / "x").exists()


def test_names_have_characters_that_all_take():
    assert named("a/b", "x: F0.5, held out", "..", "") == "a_b/x_ F0.5_ held out/_/_"
    assert all(len(part) <= 120 for part in named("x" * 999).split("/"))
