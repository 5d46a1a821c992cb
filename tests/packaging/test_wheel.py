"""The wheel alone, installed elsewhere and run from an empty folder, works."""

import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from tests.ensemble.diagnosis.interpolation.test_two_models import CONFIG, WORDS, classifier, save
from tests.serving import serving

ROOT = Path(__file__).parents[2]
BUILT_FROM = re.findall(r"^!(.+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
"""All that an image is built from; a package among them may be the newest, and not there yet."""
PACKAGES = tuple(name for name in BUILT_FROM if (ROOT / name).is_dir())
README = (ROOT / "README.md").read_text()
SUFFIXES = {".py", ".yaml", ".js", ".css", ".html", ".svg", ".typed"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy of what an image gets: nothing is left in the checkout."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in set(BUILT_FROM) - set(PACKAGES):
        if (ROOT / name).exists():
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


def test_it_has_every_module_page_and_configuration_and_nothing_else(wheel):
    packed = set(ZipFile(wheel).namelist())
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*")]
    paths = {file.relative_to(ROOT).as_posix() for file in files if file.suffix in SUFFIXES}
    expected = {re.sub("^configs/", "consort_configs/", path) for path in paths}
    assert {path for path in packed if ".dist-info/" not in path} == expected
    assert {f"{package}/py.typed" for package in PACKAGES if package != "configs"} <= packed


def test_the_packages_have_no_file_that_the_wheel_leaves_out():
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.*"))
    assert {file.suffix for file in files if "__pycache__" not in file.parts} == SUFFIXES


def test_what_it_says_of_itself(wheel):
    with ZipFile(wheel) as files:
        [metadata, entry_points] = (
            files.read(f"{wheel.stem.split('-py3')[0]}.dist-info/{name}").decode()
            for name in ("METADATA", "entry_points.txt")
        )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"Version: {project['version']}\n" in metadata
    assert set(re.findall("^Provides-Extra: (.+)", metadata, re.MULTILINE)) == set(
        project["optional-dependencies"]
    )
    assert "consort = service.cli.app:app" in entry_points


def test_the_environment_imports_the_wheel_and_no_checkout(python, empty_folder):
    modules = "consort_configs, consort, ensemble, evaluation, service"
    code = f"import {modules}; print(*[module.__file__ for module in ({modules})])"
    for path in run([python, "-c", code], empty_folder).split():
        assert path.startswith(str(Path(python).parents[1]))


def test_its_configurations_are_those_of_the_checkout(python, empty_folder):
    code = (
        "from importlib.resources import files\nfrom pathlib import Path\n"
        "root = Path(str(files('consort_configs')))\n"
        "print(*(p.relative_to(root) for p in root.rglob('*.yaml')))"
    )
    configs = ROOT / "configs"
    expected = {str(path.relative_to(configs)) for path in configs.rglob("*.yaml")}
    assert set(run([python, "-c", code], empty_folder).split()) == expected


def test_the_first_minute_of_the_readme(python, empty_folder):
    [block] = re.findall(r"```sh\n(mkdir -p runs/demo.*?)```", README, re.DOTALL)
    path = f"{Path(python).parent}:/usr/bin:/bin"
    run(["env", f"PATH={path}", "bash", "-euc", block], empty_folder)
    combined = (empty_folder / "runs" / "demo" / "_combined.txt").read_text()
    assert combined == "He goes to school every day .\nI like apples .\n"


def test_the_python_of_the_readme(python, empty_folder):
    [block] = re.findall(r"```python\n(import consort\n.*?)```", README, re.DOTALL)
    assert "go" in run([python, "-c", block], empty_folder)


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
