"""The figures of a run, logged as it goes, for TensorBoard or MLflow."""

import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from evaluation.errors import InputError
from evaluation.execution.progress import Progress, Step
from evaluation.reporting.table import Table

Item = TypeVar("Item")

FORMS = "tensorboard:FOLDER, mlflow:FOLDER or mlflow:ADDRESS"
"""The forms of the target of `open_log`."""

_DATABASE = "mlflow.db"
_EXPERIMENT = "consort"
_LONGEST = 120  # characters of a part of a name; MLflow takes 250 in all


class RunLog(Protocol):
    """Writes the options and the figures of one run, until it is closed."""

    def options(self, options: Mapping[str, str]) -> None:
        """Write how the run was configured."""

    def figure(self, name: str, value: float, step: int) -> None:
        """Write the value of a series at a step, which counts from 1."""

    def close(self) -> None:
        """Write the rest.

        Raises:
            OSError: figures were lost on the way; those after the first loss are not logged.
        """


def open_log(target: str, run: str) -> RunLog:
    """Return the log of the run called `run`, written to `target`: see `FORMS`.

    A folder is made where it does not exist; MLflow's has an SQLite database of the name
    `mlflow.db`.

    Raises:
        InputError: `target` has another form, or MLflow cannot be reached.
        ImportError: the library is missing; the message names the extra.
        OSError: the folder cannot be written to.
    """
    form, _, place = target.partition(":")
    if form not in _LOGS or not place:
        raise InputError("invalid-option", f"cannot log to {target!r}: it is {FORMS}")
    return _LOGS[form](place, run)


def logged(progress: Progress, log: RunLog) -> Progress:
    """Return `progress` that also logs the figures of each step, numbered by their name."""
    numbers: Counter[str] = Counter()

    def through(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
        for item in progress(items, what, total):
            try:
                yield item
            finally:  # also after the last step of a loop that ends early
                for name, value in item.figures.items() if isinstance(item, Step) else ():
                    series = named(what, name)
                    numbers[series] += 1
                    log.figure(series, value, numbers[series])

    return through


def log_table(log: RunLog, table: Table) -> None:
    """Log the final figures of a run, with their intervals, and the options it was signed with."""
    what, *parts = table.signature.split("|")
    pairs = (part.partition(":") for part in parts)
    log.options({"run": what} | {key: value for key, _, value in pairs})
    for row in table.rows:
        name = named("Final", row.name, row.level, row.statistic)
        for suffix, value in (("", row.value), (" low", row.low), (" high", row.high)):
            if value is not None and math.isfinite(value):
                log.figure(name + suffix, value, 1)


def named(*parts: str) -> str:
    """Return the name of a series in folders, of the characters that all libraries take."""
    return "/".join(re.sub(r"[^\w. -]", "_", part)[:_LONGEST].strip(". ") or "_" for part in parts)


class _TensorBoard:
    def __init__(self, place: str, run: str) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ImportError("TensorBoard needs: pip install 'consort[rl]'") from error
        Path(place).mkdir(parents=True, exist_ok=True)
        self._writer: Any = SummaryWriter(str(Path(place) / named(run)))

    def options(self, options: Mapping[str, str]) -> None:
        for name, value in options.items():
            self._writer.add_text(f"options/{named(name)}", value)

    def figure(self, name: str, value: float, step: int) -> None:
        self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        self._writer.close()


class _MLflow:
    def __init__(self, place: str, run: str) -> None:
        # It would report its use to its makers.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        try:
            from mlflow.exceptions import MlflowException
            from mlflow.tracking import MlflowClient
        except ImportError as error:
            raise ImportError("MLflow needs: pip install 'consort[mlflow]'") from error
        self._refusal: type[Exception] = MlflowException
        self._place, self._lost = place, ""
        try:
            self._client: Any = MlflowClient(tracking_uri=_address(place))
            self._run: str = self._client.create_run(self._experiment(), run_name=run).info.run_id
        except MlflowException as error:
            raise InputError("invalid-option", f"MLflow at {place}: {error}") from error

    def options(self, options: Mapping[str, str]) -> None:
        for name, value in options.items():
            self._log(self._client.log_param, named(name), value)

    def figure(self, name: str, value: float, step: int) -> None:
        self._log(partial(self._client.log_metric, step=step), name, value)

    def close(self) -> None:
        self._log(self._client.set_terminated)
        if self._lost:
            raise OSError(f"MLflow at {self._place}: {self._lost}")

    def _log(self, call: Callable[..., object], *arguments: object) -> None:
        """Call MLflow, unless it has failed before: a training should not end for that."""
        if not self._lost:
            try:
                call(self._run, *arguments)
            except self._refusal as error:
                self._lost = str(error)

    def _experiment(self) -> str:
        found = self._client.get_experiment_by_name(_EXPERIMENT)
        return str(found.experiment_id if found else self._client.create_experiment(_EXPERIMENT))


def _address(place: str) -> str:
    """Return an address of MLflow: of the database in a folder, or `place` if that is one."""
    if re.match(r"[a-z+]+:", place):
        return place
    folder = Path(place).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / _DATABASE}"


_LOGS: dict[str, Callable[[str, str], RunLog]] = {"tensorboard": _TensorBoard, "mlflow": _MLflow}
