"""What docs/languagetool.md shows is true."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ensemble.systems.chat import ChatSystem
from ensemble.systems.languagetool import LanguageToolSystem
from ensemble.systems.roster import read_roster
from service.core.settings import load_settings
from tests.contract.test_languagetool_clients import url

__all__ = ["url"]  # the fixture

ADDRESS = "http://127.0.0.1:8000"
PAGE = (Path(__file__).parents[2] / "docs" / "languagetool.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def blocks(language: str) -> list[str]:
    return [code for found, code in BLOCKS if found == language]


def test_python(url: str) -> None:
    pytest.importorskip("language_tool_python")
    (code,) = blocks("python")
    *before, last = code.replace(ADDRESS, url).strip().splitlines()
    scope: dict[str, object] = {}
    exec("\n".join(before), scope)
    shown = eval(last, scope)
    assert f"# {shown!r}" in last


def test_curl(url: str) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    (command,) = blocks("bash")
    ran = subprocess.run(
        command.replace(ADDRESS, url), shell=True, capture_output=True, check=True, timeout=30
    )
    assert [m["replacements"][0]["value"] for m in json.loads(ran.stdout)["matches"]] == [
        *("have", "an")
    ]


def test_yaml(tmp_path: Path) -> None:
    settings, server = blocks("yaml")
    path = tmp_path / "shown.yaml"
    path.write_text(settings)
    assert load_settings(path).languages == ("de-DE", "de-AT")
    assert "moz-extension://*" in load_settings(path).cors_origins
    path.write_text(server)
    (system,) = read_roster(path).systems()
    assert isinstance(system, LanguageToolSystem)


def test_yaml_of_language_models(tmp_path: Path) -> None:
    path = tmp_path / "shown.yaml"
    page = Path(__file__).parents[2] / "docs" / "chat.md"
    rosters = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert rosters
    for roster in rosters:
        path.write_text(roster)
        assert all(isinstance(system, ChatSystem) for system in read_roster(path).systems())


def test_the_routes_are_all_there(url: str) -> None:
    import httpx

    paths = httpx.get(f"{url}/openapi.json").json()["paths"]
    shown = set(re.findall(r"`(?:GET|POST) (/v2/\w+)", PAGE))
    assert shown == {path for path in paths if path.startswith("/v2/")}
