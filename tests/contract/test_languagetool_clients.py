"""Clients of LanguageTool that nobody here wrote, unchanged, against a real server."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from service.api.app import create_app
from service.core.settings import Settings
from service.store import keys
from service.store.database import Database
from tests.contract.conftest import running

ROSTER = """
version: 1
systems:
  - {name: articles, callable: "tests.contract.correctors:articles"}
  - {name: both, callable: "tests.contract.correctors:both"}
  - {name: spelling, callable: "tests.contract.correctors:spelling"}
"""
TEXT = (
    "I has a apple \N{RED APPLE} for teh cat.\r\n\r\n"
    "It is late but we recieve \N{RED APPLE} guests."
)
CORRECTED = (
    "I have an apple \N{RED APPLE} for the cat.\r\n\r\n"
    "It is late, but we receive \N{RED APPLE} guests."
)
PACKAGES = ["languagetool-api@1.1.2", "gramma@1.6.0"]
NODE = Path(sys.prefix) / ".node"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    roster = tmp_path_factory.mktemp("service") / "roster.yaml"
    roster.write_text(ROSTER)
    with running(create_app(Settings(roster=roster, state=roster.parent))) as url:
        yield url


def made(text: str, found: list[dict[str, Any]]) -> str:
    """Make all matches, counting as JavaScript and Java do."""
    units = text.encode("utf-16-le")
    for match in reversed(found):
        start, end = 2 * match["offset"], 2 * (match["offset"] + match["length"])
        best = match["replacements"][0]["value"].encode("utf-16-le")
        units = units[:start] + best + units[end:]
    return units.decode("utf-16-le")


def test_language_tool_python(url: str) -> None:
    language_tool_python = pytest.importorskip("language_tool_python")
    with language_tool_python.LanguageTool("en-US", remote_server=url) as tool:
        assert tool.correct(TEXT) == CORRECTED
        found = tool.check(TEXT)
        assert [match.matched_text for match in found][:2] == ["has", "a"]
        assert [TEXT[m.offset : m.offset + m.error_length] for m in found] == [
            *("has", "a", "teh", "late", "recieve")
        ]
        spelled = found[-1]
        assert (spelled.rule_id, spelled.category) == ("MORFOLOGIK_RULE_EN_US", "TYPOS")
        assert (spelled.rule_issue_type, spelled.replacements) == ("misspelling", ["receive"])
        assert spelled.sentence == TEXT.splitlines()[2]
        for rule in ("CONSORT_R_SPELL", spelled.rule_id):
            tool.disabled_rules = {rule}
            assert "recieve" in tool.correct(TEXT)
        tool.disabled_rules = set()
        tool.disable_spellchecking()
        assert "recieve" in tool.correct(TEXT)
        with pytest.raises(language_tool_python.exceptions.LanguageToolError, match="NUL"):
            tool.check("a\x00b")


def test_language_tool_python_leaves_the_language_to_us(url: str) -> None:
    language_tool_python = pytest.importorskip("language_tool_python")
    with language_tool_python.LanguageTool("auto", remote_server=url) as tool:
        tool.enabled_rules = {"CONSORT_M_PUNCT"}
        tool.enabled_rules_only = True
        assert [match.replacements for match in tool.check(TEXT)] == [["late,"]]


def test_pylanguagetool(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # For `--version` alone it imports what newer setuptools no longer have.
    monkeypatch.setitem(sys.modules, "pkg_resources", ModuleType("pkg_resources"))
    api = pytest.importorskip("pylanguagetool.api")
    answer = api.check(TEXT, f"{url}/v2/", "auto", preferred_variants="en-GB", picky=True)
    assert made(TEXT, answer["matches"]) == CORRECTED
    assert answer["language"]["code"] == "en-GB"
    assert {one["longCode"] for one in api.get_languages(f"{url}/v2/")} >= {"en-US", "en-GB"}
    # It looks words up by offsets that it takes for those of Python: no emoji here.
    mine = api.check("I has to recieve teh cat.", f"{url}/v2/", "en-US", pwl=["recieve"])
    assert [match["replacements"][0]["value"] for match in mine["matches"]] == ["have", "the"]
    with pytest.raises(ValueError, match="Error: 'xx' is not a language code"):
        api.check(TEXT, f"{url}/v2/", "xx")


@pytest.fixture(scope="module")
def node() -> str:
    """The program that runs the packages of npm, which are fetched once."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if not found or not npm:
        pytest.skip("node and npm are not installed")
    done = NODE / "installed.json"
    if not done.exists() or json.loads(done.read_text()) != PACKAGES:
        NODE.mkdir(exist_ok=True)
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
        install = [npm, "install", "--prefix", str(NODE), *options, *PACKAGES]
        try:
            subprocess.run(install, check=True, capture_output=True, timeout=120)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"the registry of npm is not at hand: {error}")
        done.write_text(json.dumps(PACKAGES))
    return found


def run(node: str, script: str, *arguments: str) -> Any:
    """Return what a script writes, as JSON; `require` finds the packages."""
    command = [node, "-e", script, *arguments]
    ran = subprocess.run(command, cwd=NODE, capture_output=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return json.loads(ran.stdout)


# It knows one address, https://languagetool.org/api: what would be a proxy before the service,
# and a name server, is played by node's own https module. The client itself is as it comes.
LANGUAGETOOL_API = """
const http = require("http"), https = require("https");
const there = new URL(process.argv[1]);
https.request = (options, then) => http.request({
  ...options, protocol: "http:", agent: undefined, host: there.hostname, hostname: there.hostname,
  port: there.port, path: options.path.replace(/^\\/api/, ""),
}, then);
const client = require("languagetool-api");
client.check({language: "en-US", text: process.argv[2]}, (error, answer) => {
  if (error) throw error;
  client.bestSuggestion(answer, best => client.showMistakes(answer, mistakes =>
    client.codes((error, codes) =>
      console.log(JSON.stringify({answer, best, mistakes, codes})))));
});
"""


def test_languagetool_api(url: str, node: str) -> None:
    told = run(node, LANGUAGETOOL_API, url, TEXT)
    assert made(TEXT, told["answer"]["matches"]) == CORRECTED
    assert told["mistakes"] == ["has", "a", "teh", "late", "recieve"]
    assert [each["bestSuggestion"] for each in told["best"]] == [
        *("have", "an", "the", "late,", "receive")
    ]
    assert {"name": "English (US)", "code": "en", "longCode": "en-US"} in told["codes"]


GRAMMA = """
const gramma = require("gramma");
const [address, text, options] = process.argv.slice(1);
gramma.check(text, {api_url: address + "/v2/check", ...JSON.parse(options)}).then(
  answer => {
    const wanted = answer.matches.map(match => ({...match, change: match.replacements[0].value}));
    console.log(JSON.stringify({answer, replaced: gramma.replaceAll(text, wanted)}));
  },
  error => console.log(JSON.stringify({error: error.message})));
"""


def test_gramma(url: str, node: str) -> None:
    told = run(node, GRAMMA, url, TEXT, "{}")
    assert told["replaced"] == CORRECTED
    assert [match["word"] for match in told["answer"]["matches"]] == [
        *("has", "a", "teh", "late", "recieve")
    ]
    told = run(node, GRAMMA, url, TEXT, '{"rules": {"typos": false}, "dictionary": ["late"]}')
    assert [match["word"] for match in told["answer"]["matches"]] == ["has", "a", "teh", "late"]


def test_gramma_with_a_key(tmp_path: Path, node: str) -> None:
    (tmp_path / "roster.yaml").write_text(ROSTER)
    settings = Settings(roster=tmp_path / "roster.yaml", state=tmp_path, require_keys=True)
    database = Database(settings.database_url)
    database.migrate()
    _, key = keys.create(database, "editor", ["combine"], None)
    database.close()
    with running(create_app(settings)) as url:
        told = run(node, GRAMMA, url, TEXT, json.dumps({"api_key": key}))
        assert told["replaced"] == CORRECTED
        assert run(node, GRAMMA, url, TEXT, "{}")["error"] == "Error: this request needs a key"


def test_gramma_in_markdown(url: str, node: str) -> None:
    source = "# I has a *apple* \N{RED APPLE}\n\n- We **recieve** `teh` guests.\n"
    told = run(node, GRAMMA, url, source, '{"markdown": true}')
    assert told["replaced"] == source.replace("has", "have").replace(" a ", " an ").replace(
        "recieve", "receive"
    )


def test_gramma_shows_what_is_wrong(url: str, node: str) -> None:
    told = run(node, GRAMMA, url, TEXT, '{"language": "fr"}')
    assert told["error"].startswith("Error: 'fr' is not a language code")


def test_gramma_on_the_command_line(url: str, node: str, tmp_path: Path) -> None:
    (tmp_path / ".gramma.json").write_text(json.dumps({"api_url": f"{url}/v2/check"}))
    command = [node, str(NODE / "node_modules/gramma/src/cli.js"), "listen", "-p", "-n", TEXT]
    home = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(
        command, cwd=tmp_path, env=home, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 1, ran.stderr
    assert "Found 5 potential mistakes" in ran.stdout
    assert "Word: recieve" in ran.stdout
