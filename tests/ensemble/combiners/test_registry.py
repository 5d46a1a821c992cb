"""The registry of combiners: the names, options and classes that everything else asks it for."""

import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from ensemble import combiners, load_combiner
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

LABEL_FREE = "agreement best-single dawid-skene fuse mbr neural soft-vote vote".split()
TRAINABLE = ["logistic", "neural", "type-selection"]
PAGE = Path(__file__).parents[3] / "docs" / "combining.md"


class Longest(Combiner):
    """The longer replacements."""

    def judge_one(self, ballot):
        return Verdict([float(len(c.replacement) > 3) for c in ballot.candidates], 0.5)


def test_the_combiners_there_are():
    assert {*LABEL_FREE, *TRAINABLE} <= set(names())
    assert set(LABEL_FREE) <= set(label_free())
    assert set(TRAINABLE) <= set(trainable())
    assert {"fuse", "mbr", "soft-vote", "vote"} <= set(stateless())
    assert not {"logistic", "type-selection"} & set(label_free())
    assert not {"agreement", "best-single"} & {*trainable(), *stateless()}


def test_the_page_on_combining_lists_them_with_their_kinds():
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `([\w-]+)` \| ((?:(?:edits|texts|labels)(?:, )?)+) \|", text, re.MULTILINE
    )
    listed = {name: set(combined.split(", ")) for name, combined in rows}
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


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"kinds": "edits"}, r"the kinds of x: write a tuple, \('edits',\), not 'edits'"),
        ({"kinds": ()}, "the kinds of x: give at least one of edits, texts, labels"),
        ({"kinds": ("edit",)}, "the kinds of x: 'edit' is not one of edits, texts, labels"),
        ({"kinds": ("edits",), "options": "k"}, r"options of x: write a tuple, \('k',\)"),
        ({"kinds": ("edits",), "options": ("k",)}, r"Longest\.k: an option needs a type"),
        ({"kinds": ("edits",), "options": ("name",)}, r"Longest\.name: put @dataclass"),
    ],
)
def test_a_wrong_registration_is_refused(arguments, fault):
    with COMBINERS.restored(), pytest.raises(TypeError, match=fault):
        register("x", **arguments)(Longest)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a,b", "a=b"])
def test_a_name_can_be_written_with_options(name):
    with pytest.raises(ValueError, match="a combiner cannot be called"):
        register(name, kinds=("edits",))


def test_only_a_documented_combiner_is_registered():
    class Undocumented(Longest):
        pass

    with COMBINERS.restored():
        with pytest.raises(TypeError, match="Undocumented needs a docstring"):
            register("x", kinds=("edits",))(Undocumented)
        with pytest.raises(
            TypeError, match="str is registered as a combiner, but is not a subclas"
        ):
            register("x", kinds=("edits",))(str)


def test_a_name_that_is_taken_names_both_modules():
    fault = f"'vote' is registered twice, in ensemble.combiners.majority and in {__name__}"
    with COMBINERS.restored(), pytest.raises(ValueError, match=re.escape(fault)):
        register("vote", kinds=("edits",))(Longest)


def test_a_combiner_that_has_to_be_trained_takes_no_options():
    @dataclass(frozen=True)
    class Prior(Logistic):
        """Logistic regression with a prior."""

        prior: float = 1.0

    with COMBINERS.restored(), pytest.raises(TypeError, match="has to be trained takes no options"):
        register("prior", kinds=("edits",), needs_labels=True, options=("prior",))(Prior)
    with raises_code("invalid-option") as error:
        load_trainable("logistic:prior=2")
    assert "logistic is trained, and takes no options" in str(error.value)
    with raises_code("invalid-option") as error:
        load_trainable("fuse:window=1")  # its window is chosen in training
    assert "fuse is trained, and takes no options" in str(error.value)


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("no_such_module:X", "cannot be loaded: ModuleNotFoundError"),
        ("string:capwords", "does not register a combiner of that name"),
    ],
)
def test_a_broken_plugin_breaks_nothing_else(monkeypatch, module, reason):
    plugin = EntryPoint("longest", module, GROUP)
    monkeypatch.setattr(registries, "entry_points", lambda group: [plugin] * (group == GROUP))
    with COMBINERS.restored():
        monkeypatch.setattr(COMBINERS, "_complete", False)
        assert "longest" not in names()
        assert load_combiner("vote").name == "vote"
        for read in (create, load_combiner, load_trainable):
            with raises_code("unknown-name") as error:
                read("longest")
            assert f"the plugin 'longest' ({module}) of {GROUP} {reason}" in str(error.value)
        assert set(COMBINERS.broken()) == {"longest"}


def test_a_plugin_that_fails_half_way_leaves_nothing(monkeypatch, tmp_path):
    (tmp_path / "half_plugin.py").write_text(
        "from tests.ensemble.combiners.test_registry import Longest, register\n"
        "register('half', kinds=('texts',))(Longest)\n"
        "raise RuntimeError('no licence')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    plugin = EntryPoint("half", "half_plugin:Longest", GROUP)
    monkeypatch.setattr(registries, "entry_points", lambda group: [plugin] * (group == GROUP))
    with COMBINERS.restored():
        monkeypatch.setattr(COMBINERS, "_complete", False)
        assert "half" not in names()
        assert "RuntimeError: no licence" in COMBINERS.broken()["half"]


def test_a_module_that_cannot_be_imported_is_named(monkeypatch, tmp_path):
    (tmp_path / "faulty.py").write_text("raise TypeError('no docstring')\n")
    monkeypatch.setattr(combiners, "__path__", [*combiners.__path__, str(tmp_path)])
    with COMBINERS.restored():
        monkeypatch.setattr(COMBINERS, "_complete", False)
        fault = r"ensemble\.combiners\.faulty cannot be imported: TypeError: no docstring"
        with pytest.raises(ImportError, match=fault):
            names()


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
