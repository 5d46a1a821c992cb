"""Segments combined chunk by chunk: as all at once, whoever works, in the forms asked for."""

import json

import pyarrow.parquet as pq
import pytest

from ensemble import batch
from ensemble.candidates import collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.registry import create, label_free
from ensemble.output_formats import format_of
from evaluation.edits import batch_style
from evaluation.execution import workers
from evaluation.execution.engine import working
from evaluation.records import Segment

VERBS = ("go", "goes", "went")


def segments(count: int) -> list[Segment]:
    """Sentences that three systems correct; the third is absent from some."""
    return [
        Segment(
            f"He go to school {k} .",
            {
                "a": f"He {VERBS[k % 3]} to school {k} .",
                "b": f"He {VERBS[k % 2]} to the school {k} .",
                "c": None if k % 5 == 0 else f"He {VERBS[-(k % 2)]} to school {k} !",
            },
        )
        for k in range(count)
    ]


NAMES = [name for name in label_free() if name != "dawid-skene"]  # slow to import


@pytest.mark.parametrize("name", NAMES)
def test_chunks_come_to_what_all_at_once_do(name, monkeypatch, tmp_path):
    monkeypatch.setattr(batch, "CHUNK", 4)
    combiner, asked = create(name), segments(14)
    kind = combiner.kinds[0]
    ballots = list(collect_all(asked, kind))
    whole = combine_all(ballots, combiner.fit(ballots))
    ready = batch.fitted(combiner, kind, lambda: iter(asked))
    assert ready.signature == combiner.fit(ballots).signature
    out = tmp_path / "out.jsonl"
    parts = batch.combine_chunks(ready, kind, "surface", ["jsonl"], asked)
    made = batch.write_parts(parts, {out: format_of(out)})
    found = list(map(json.loads, out.read_text().splitlines()))
    assert [one["text"] for one in found] == [one.text for one in whole]
    for one, other in zip(found, whole, strict=True):
        for got, want in zip(one["candidates"], other.evidence()["candidates"], strict=True):
            assert got.pop("probability") == pytest.approx(want.pop("probability"))
            assert got == want
    assert made.figures["segments"] == 14


@pytest.mark.slow
def test_processes_come_to_the_same_bytes_and_take_no_more_than_they_need(monkeypatch, tmp_path):
    monkeypatch.setattr(batch, "CHUNK", 2)
    monkeypatch.setattr(batch_style, "READ_AHEAD", 2)
    monkeypatch.setattr(workers, "cores", lambda: 2)
    asked, taken = segments(60), []

    def read():
        for number, segment in enumerate(asked):
            taken.append(number)
            yield segment

    vote = create("vote")
    forms = {tmp_path / "a.txt": "text", tmp_path / "a.parquet": "parquet"}
    with working("local"):
        parts = batch.combine_chunks(vote, "edits", "surface", forms.values(), read())
        first = next(parts)
        assert len(taken) <= 2 * max(workers.MANY_TASKS + 1, 2 * workers.TASKS_AHEAD) + 2
        batch.write_parts([first, *parts], forms)
    here = {tmp_path / "b.txt": "text", tmp_path / "b.parquet": "parquet"}
    batch.write_parts(batch.combine_chunks(vote, "edits", "surface", here.values(), asked), here)
    for one, other in zip(forms, here, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_parquet_holds_what_the_lines_do_a_chunk_a_row_group(monkeypatch, tmp_path):
    monkeypatch.setattr(batch, "CHUNK", 5)
    files = {tmp_path / "out.jsonl": "jsonl", tmp_path / "out.parquet": "parquet"}
    vote = create("vote")
    parts = batch.combine_chunks(vote, "edits", "surface", files.values(), segments(12))
    batch.write_parts(parts, files)
    lines, table = files
    assert pq.ParquetFile(table).num_row_groups == 3
    rows = pq.read_table(table).to_pylist()
    # A column is in every row: null where the lines, of no stack, do not have it.
    assert {c.pop("levels") for row in rows for c in row["candidates"]} == {None}
    assert rows == [*map(json.loads, lines.read_text().splitlines())]


def test_a_segment_at_fault_is_named_by_its_place_in_the_file(monkeypatch, tmp_path):
    monkeypatch.setattr(batch, "CHUNK", 2)
    asked = [*segments(5), Segment("a", {"a": "b " * 100_000})]
    out = tmp_path / "out.txt"
    out.write_text("kept\n")
    parts = batch.combine_chunks(create("vote"), "edits", "surface", ["text"], asked)
    with pytest.raises(ValueError, match="segment 6: "):
        batch.write_parts(parts, {out: "text"})
    assert out.read_text() == "kept\n"
    assert list(tmp_path.iterdir()) == [out]
