"""The registry of combiners: the names, options and classes that everything else asks it for."""

import re
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from ensemble import load_combiner
from ensemble import registry as registries
from ensemble.combiners.base import Combiner, Verdict
from ensemble.combiners.registry import (
    COMBINERS,
    GROUP,
    USUAL,
    create,
    label_free,
    load_trainable,
    names,
    register,
    stateless,
    trainable,
)
from ensemble.combiners.supervised.logistic import Logistic
from tests.raising import raises_code

LABEL_FREE = ["agreement", "best-single", "dawid-skene", "mbr", "neural", "soft-vote", "vote"]
TRAINABLE = ["logistic", "neural", "type-selection"]
PAGE = Path(__file__).parents[3] / "docs" / "combining.md"


class Longest(Combiner):
    def judge_one(self, ballot):
        return Verdict([float(len(c.replacement) > 3) for c in ballot.candidates], 0.5)


def test_the_combiners_there_are():
    assert names() == sorted({*LABEL_FREE, *TRAINABLE})
    assert label_free() == LABEL_FREE
    assert trainable() == TRAINABLE
    assert stateless() == ["mbr", "soft-vote", "vote"]


def test_the_page_on_combining_lists_them_with_their_kinds():
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| ([\w, ]+) \|", text, re.MULTILINE)
    listed = {name: set(kinds.split(", ")) for name, kinds in rows}
    assert listed == {name: set(entry.kinds) for name, entry in COMBINERS.all().items()}


def test_options_are_behind_the_name():
    assert create("vote:k=2") == load_combiner("vote:k=2")
    assert create("vote:k=2") != create("vote")


@pytest.mark.parametrize(
    ("term", "code"),
    [
        ("nonsense", "unknown-name"),
        ("nonsense:k=2", "unknown-name"),
        ("vote:weights=2", "invalid-option"),
        ("vote:k=many", "invalid-option"),
        ("mbr:k=2", "invalid-option"),
        ("logistic", "invalid-option"),
    ],
)
def test_what_cannot_be_created_is_refused(term, code):
    for read in (create, load_combiner):
        with raises_code(code):
            read(term)


def test_a_vote_needs_at_least_one():
    with pytest.raises(ValueError, match="at least 1"):
        create("vote:k=0")


def test_trainable_classes_are_found_by_name_and_kind():
    assert load_trainable("logistic", "edits") is Logistic
    with raises_code("unknown-name"):
        load_trainable("vote")
    with raises_code("invalid-option"):
        load_trainable("logistic", "labels")


def test_one_that_cannot_learn_cannot_need_labels():
    with COMBINERS.restored(), pytest.raises(TypeError, match="not a Trainable"):
        register("longest", kinds=("edits",), needs_labels=True)(Longest)


def test_an_installed_package_can_offer_a_combiner(monkeypatch, tmp_path):
    (tmp_path / "longest_plugin.py").write_text(
        "from tests.ensemble.combiners.test_registry import Longest, register\n"
        "register('longest', kinds=('texts',), stateless=True)(Longest)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    plugin = EntryPoint("longest", "longest_plugin:Longest", GROUP)
    monkeypatch.setattr(registries, "entry_points", lambda group: [plugin] * (group == GROUP))
    with COMBINERS.restored():
        monkeypatch.setattr(COMBINERS, "_complete", False)
        assert "longest" in label_free()
        assert "longest" in stateless()
        assert load_combiner("longest").kinds == ("texts",)


def test_asking_the_registry_imports_no_library_that_is_slow():
    script = "import sys, ensemble.combiners.registry as r\nr.names()\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)
    imported = set(done.stdout.decode().split())
    assert "ensemble.combiners.supervised.logistic" in imported
    assert not {"torch", "sklearn", "pandas", "crowdkit"} & imported


def test_the_readme_names_the_usual_combiner_of_each_kind():
    text = (PAGE.parents[1] / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*\| `([\w-]+)`[^|]*\|$", text, re.MULTILINE)
    assert dict(rows) == USUAL


@pytest.mark.parametrize("name", ["vote:", "vote:k", "vote:k=2,k=3", "vote:k=2,", "vote:k=two"])
def test_options_that_cannot_be_read_are_refused(name):
    with raises_code("invalid-option"):
        load_combiner(name)


def test_a_vote_needs_one_system_at_least():
    with raises_code("out-of-range"):
        load_combiner("vote:k=0")
