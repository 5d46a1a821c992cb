"""The wheel alone, installed elsewhere and run from an empty folder, works."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from tests.ensemble.diagnosis.interpolation.test_two_models import CONFIG, WORDS, classifier, save
from tests.serving import serving

ROOT = Path(__file__).parents[2]
PACKAGES = ("configs", "consort", "ensemble", "evaluation", "service")
BUILT_FROM = ("pyproject.toml", "setup.py", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy, so that nothing is left in the checkout."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in BUILT_FROM:
        shutil.copy(ROOT / name, source)
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(built)]
    run([sys.executable, "-m", "pip", "wheel", "--quiet", *options, str(source)], source)
    [made] = built.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """An environment with the wheel, which sees the packages installed here but no checkout."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    [site] = folder.glob("lib/python*/site-packages")
    here = next(path for path in sys.path if path.endswith("site-packages"))
    # A plain line in a .pth file adds a folder, without the .pth files of editable installs in it.
    (site / "installed_here.pth").write_text(here + "\n")
    python = str(folder / "bin" / "python")
    options = ["--no-deps", "--no-compile", "--force-reinstall"]
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *options]
    run([*pip, str(wheel)], folder)
    return python


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Run in an empty folder, with no checkout on the path."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def consort(python, folder, *arguments):
    return run([str(Path(python).with_name("consort")), *arguments], folder)


def test_every_module_and_configuration_is_in_it(wheel):
    packed = set(ZipFile(wheel).namelist())
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            if path.suffix not in {".py", ".yaml", ".js", ".css", ".html", ".svg", ".typed"}:
                continue
            inside = path.relative_to(ROOT).as_posix()
            assert inside.replace("configs/", "consort_configs/", 1) in packed
    assert {f"{package}/py.typed" for package in PACKAGES[1:]} <= packed


def test_the_environment_imports_the_wheel_and_no_checkout(python, empty_folder):
    modules = "consort_configs, consort, ensemble, evaluation, service"
    code = f"import {modules}; print(*[module.__file__ for module in ({modules})])"
    for path in run([python, "-c", code], empty_folder).split():
        assert path.startswith(str(Path(python).parents[1]))


def test_doctor(python, empty_folder):
    pytest.importorskip("harper", reason="needs consort[demo]")
    seen = consort(python, empty_folder, "doctor")
    assert "FAIL" not in seen


def test_serve(python, empty_folder):
    pytest.importorskip("harper", reason="needs consort[demo]")
    with serving(empty_folder, python=python) as served:
        assert httpx.get(f"{served.url}/readyz").status_code == 200
        outputs = {"a": "I have an apple.", "b": "I have an apple.", "c": "I has a apple."}
        asked = {"source": "I has a apple.", "outputs": outputs}
        answer = httpx.post(f"{served.url}/v1/combine", json=asked).json()
        page = httpx.get(served.url)
    assert answer["text"] == "I have an apple."
    assert "<title>" in page.text


def test_diagnose_between(python, empty_folder):
    texts = [f"the {animal} {verb}" for animal in WORDS[3:5] for verb in ("runs", "sleeps")]
    rows = [f"{text},{int('runs' in text)}" for text in texts * 4]
    (empty_folder / "train.csv").write_text("\n".join(["sentence,label", *rows]) + "\n")
    (empty_folder / "tiny.yaml").write_text(CONFIG % ("classifier", "train.csv"))
    save(empty_folder / "first", classifier(1))
    save(empty_folder / "second", classifier(2))
    consort(
        python,
        empty_folder,
        "diagnose",
        "tiny.yaml",
        "--set",
        f"data={empty_folder}",
        "--out",
        "out",
    )
    assert (empty_folder / "out" / "report.html").is_file()
