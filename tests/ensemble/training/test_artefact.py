"""A trained combiner on disk: the same after reading, and damage is named."""

import hashlib
import json

import pytest
import torch
from safetensors.torch import load_file, save

from ensemble.combiners.neural.combiner import Neural
from ensemble.training.artefact import Record, read, write
from evaluation import artefact
from evaluation.artefact import MANIFEST
from evaluation.records import DataError
from tests.raising import raises_code

RECORD = Record("data", {"seed": 1}, [{"name": "vote", "value": 1.5}])


@pytest.fixture(scope="module")
def ballots(planted):
    return planted.edits(60, {"a": 0.9, "b": 0.5, "c": 0.3})


@pytest.fixture(scope="module")
def trained(ballots):
    return Neural.learn(*ballots)


@pytest.fixture
def folder(trained, tmp_path):
    write(tmp_path / "combiner", trained, RECORD)
    return tmp_path / "combiner"


def damage(folder, **changes):
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, **changes}))


def weights(folder):
    (file,) = folder.glob("*.safetensors")
    return file


def test_reading_gives_what_was_written(trained, ballots, tmp_path):
    written = write(tmp_path, trained, RECORD)
    found, record = read(tmp_path)
    assert found.judge(ballots[0]) == trained.judge(ballots[0])
    assert found.signature == written.signature != trained.signature
    assert record == RECORD
    assert {file.suffix for file in tmp_path.iterdir()} == {".json", ".safetensors"}


def test_writing_twice_gives_the_same_bytes(trained, tmp_path):
    for name in "ab":
        write(tmp_path / name, trained, RECORD)
    one, two = ({f.name: f.read_bytes() for f in (tmp_path / name).iterdir()} for name in "ab")
    assert one == two


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "format"),
        ({"extra": 1}, "extra"),
        ({"shared": [[1.0]]}, "table"),
        ({"made": [[-1.0] * 3] * 3}, "made"),
        ({"kind": "pictures"}, "kind"),
        ({"weights": {"file": "../x.safetensors", "sha256": "0" * 64}}, "file"),
        ({"weights": {"file": "weights-000000000000.safetensors", "sha256": "0" * 64}}, "read"),
    ],
)
def test_a_wrong_manifest_is_named(folder, changes, message):
    damage(folder, **changes)
    with pytest.raises(DataError) as error:
        read(folder)
    assert error.value.code in ("damaged-artefact", "file-unreadable")
    assert message in str(error.value)


@pytest.mark.parametrize("content", ["", "[]", "{", "\udc80", "nonsense"])
def test_what_is_no_manifest_is_named(folder, content):
    (folder / MANIFEST).write_text(content, errors="surrogateescape")
    with raises_code("damaged-artefact", DataError):
        read(folder)


def test_changed_weights_are_not_read(folder):
    weights(folder).write_bytes(weights(folder).read_bytes()[:-1])
    with raises_code("damaged-artefact", DataError):
        read(folder)


@pytest.mark.parametrize("fault", ["nan", "shape", "missing"])
def test_weights_that_do_not_fit_are_not_read(folder, fault):
    tensors = load_file(weights(folder))
    if fault == "nan":
        tensors["linear"][0] = torch.nan
    elif fault == "shape":
        tensors["linear"] = torch.zeros(1)
    else:
        del tensors["linear"]
    content = save(tensors)
    weights(folder).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    damage(folder, weights={"file": weights(folder).name, "sha256": digest})
    with raises_code("damaged-artefact", DataError):
        read(folder)


def test_a_folder_of_something_else_stays_as_it_is(trained, tmp_path):
    (tmp_path / "diary.txt").write_text("dear")
    with raises_code("invalid-option"):
        write(tmp_path, trained, RECORD)
    assert [file.name for file in tmp_path.iterdir()] == ["diary.txt"]


def test_the_old_one_stays_until_the_new_one_is_whole(folder, ballots, monkeypatch):
    before = read(folder)[0].judge(ballots[0])
    original = artefact.write_bytes

    def full_disk(path, content):
        if path.name == MANIFEST:
            raise OSError("no space left")
        original(path, content)

    monkeypatch.setattr(artefact, "write_bytes", full_disk)
    with pytest.raises(OSError, match="no space"):
        write(folder, Neural.learn(*ballots, seed=7), RECORD)
    assert read(folder)[0].judge(ballots[0]) == before


def test_there_is_nothing_to_save_in_an_untrained_one(tmp_path):
    with pytest.raises(ValueError, match="nothing to save"):
        write(tmp_path, Neural(), RECORD)


def test_no_folder_no_combiner(tmp_path):
    with raises_code("file-unreadable", DataError):
        read(tmp_path / "nowhere")


def test_a_manifest_without_a_learner_is_of_a_neural_combiner(folder, trained, ballots):
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["learner"]  # as written before other combiners could be trained
    (folder / MANIFEST).write_text(json.dumps(manifest))
    found, record = read(folder)
    assert isinstance(found, Neural)
    assert found.judge(ballots[0]) == trained.judge(ballots[0])
    assert record == RECORD


@pytest.mark.parametrize("learner", ["vote", "nonsense", "logistic"])
def test_another_learner_than_its_own_is_refused(folder, learner):
    damage(folder, learner=learner)
    with raises_code("damaged-artefact", DataError):
        read(folder)
