"""One attempt in a process of its own: what it tells while it works, and where it looks."""

import multiprocessing
from pathlib import Path

import pytest

from service.jobs import child, results
from service.jobs.child import Attempt, Progress

VALIDATE = {
    "config": {"version": 1, "name": "small", "gold": ["gold.m2"], "metrics": ["chrf"]},
    "set": {"plan.resamples": 20},
}
GOLD = "".join(
    f"S He go {n} times .\nA 1 2|||V|||goes|||REQUIRED|||-NONE-|||0\n"
    "A 1 2|||V|||went|||REQUIRED|||-NONE-|||1\n\n"
    for n in range(5)
)


def test_what_is_begun_is_told_at_once() -> None:
    ours, theirs = multiprocessing.Pipe()
    progress = Progress(theirs)
    for _ in progress(range(3), "Reading"):
        pass
    next(iter(progress(range(2), "Training")))
    told = []
    while ours.poll():
        _, said = ours.recv()
        told.append((said["what"], said["done"], said["of"]))
    assert told == [("Reading", 0, 3), ("Training", 0, 2)]


@pytest.mark.parametrize(("total", "of"), [(None, [0, 1, 2, 3]), (2, [2, 2, 2, 3])])
def test_of_what_comes_by_itself_the_number_is_as_known(
    total: int | None, of: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "_INTERVAL_S", 0)
    ours, theirs = multiprocessing.Pipe()
    assert list(Progress(theirs)((n for n in range(3)), "Combining", total)) == [0, 1, 2]
    assert [ours.recv()[1]["of"] for _ in of] == of


def test_the_operators_data_is_found_from_where_the_service_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "gold.m2").write_text(GOLD)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONSORT_DATA", "data")
    attempt = Attempt("job", "token", "validate", VALIDATE, {}, tmp_path / "state", None)
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=child.main, args=(attempt, theirs))
    process.start()
    while (said := ours.recv())[0] == "progress":
        pass
    assert said == ("done",)
    assert "report.json" in {file.name for file in results.listing(attempt.folder)}
    ours.close()
    process.join()
