"""Shared by all tests: where the development data is, and how long a property may take."""

import atexit
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import pytest
from hypothesis import settings

from service.store.database import Database
from tests.encoders import save_encoder
from tests.marks import marks_of
from tests.postgres import Server, binaries, server

# Tests run side by side, one a core: threads that share small sums mostly wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# What the service keeps goes to a folder that is nobody's home.
os.environ["XDG_STATE_HOME"] = _state = mkdtemp(prefix="consort-state-")
atexit.register(shutil.rmtree, _state, ignore_errors=True)

# Machines are shared: how long an example takes says nothing about the code.
# Each run draws others, so that what few examples miss is found by a later one.
settings.register_profile("shared-machine", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.register_profile("laws", deadline=None, max_examples=20_000)
# For `make test-fast`, which leaves the search for rare cases to `make test`.
settings.register_profile("fast", deadline=None, max_examples=15)
settings.load_profile("shared-machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--no-skips`, for what has been installed so that it is tested."""
    parser.addoption("--no-skips", action="store_true", help="fail where a test is skipped")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run with `--no-skips` in which a test was skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("no_skips") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by where they are and by what they need; see `tests/marks.py`."""
    for item in items:
        for mark in marks_of(item):
            item.add_marker(mark)


@pytest.fixture(scope="session", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what services of tests keep out of the home of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of development data; a test that needs it is skipped where there is none."""
    root = os.environ.get("CONSORT_DATA")
    if not root:
        pytest.skip("CONSORT_DATA does not name a folder of development data")
    return Path(root)


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory) -> Path:
    """A tiny encoder; see `save_encoder`."""
    place: Path = tmp_path_factory.mktemp("encoder")
    save_encoder(place)
    return place


@pytest.fixture(scope="session")
def xlmr_folder(tmp_path_factory) -> Path:
    """A tiny XLM-R of random weights with its masked-language-model head, in the hub's files.

    The tokenizer is trained here, with SentencePiece's unigram model and XLM-R's special tokens.
    """
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM, XLMRobertaTokenizer

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trained = Tokenizer(models.Unigram())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    texts = ["please thank you sir", "merci beaucoup monsieur", "grazie mille signore", "hey lol"]
    trainer = trainers.UnigramTrainer(vocab_size=60, special_tokens=special, unk_token="<unk>")
    trained.train_from_iterator(texts * 4, trainer)
    pieces = [*map(tuple, json.loads(trained.to_str())["model"]["vocab"]), ("<mask>", 0.0)]
    place = tmp_path_factory.mktemp("xlm-roberta-tiny")
    XLMRobertaTokenizer(vocab=pieces, model_max_length=32).save_pretrained(place)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
    sizes |= {"num_hidden_layers": 3, "max_position_embeddings": 34, "vocab_size": len(pieces)}
    XLMRobertaForMaskedLM(XLMRobertaConfig(**sizes)).save_pretrained(place)
    return place


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of the tests' own."""
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (apt-get install postgresql)")
    with server(programs) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'consort.db'}"
    return request.getfixturevalue("postgres").url(f"t{uuid4().hex}")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of each kind with all tables, empty."""
    opened = Database(database_url)
    opened.migrate()
    yield opened
    opened.close()
