"""The registry of systems: a kind is one file, in this package or in an installed one."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from pydantic import Field

from ensemble import registry as registries
from ensemble.systems import CallableConfig
from ensemble.systems.base import System, SystemConfig
from ensemble.systems.registry import GROUP, KINDS, kind_of, kinds, register
from ensemble.systems.roster import Roster, RosterError, read_roster
from service.core.members import Members
from service.core.settings import Settings

BUILT_IN = {
    "callable": "callable",
    "chat": "chat",
    "command": "command",
    "http": "url",
    "languagetool": "languagetool",
    "member": "member",
    "pipeline": "task",
}


class Config(SystemConfig):
    """A system that shouts."""

    prefix: str = Field(alias="shout")

    def system(self) -> System:
        return CallableConfig(name=self.name, callable="builtins:str.upper").system()


def test_the_kinds_of_this_package_and_the_keys_that_tell_them() -> None:
    assert BUILT_IN.items() <= {kind.name: kind.key for kind in kinds()}.items()


def test_a_registered_kind_is_read_from_a_roster(tmp_path: Path) -> None:
    path = tmp_path / "roster.yaml"
    path.write_text("version: 1\nsystems: [{name: a, shout: x}]")
    with KINDS.restored():
        register("shouting", key="shout")(Config)
        (entry,) = read_roster(path).entries
        assert kind_of(entry).name == "shouting"
    with pytest.raises(RosterError, match=r"needs exactly one of the keys .*callable, .*url"):
        read_roster(path)


def test_a_kind_that_is_not_registered_has_no_name() -> None:
    with pytest.raises(ValueError, match="Config is not registered"):
        kind_of(Config.model_validate({"name": "a", "shout": "x"}))


@pytest.mark.parametrize(
    ("name", "key", "reason"),
    [
        ("shouting", "prefix", "does not have the key 'prefix'"),
        ("shouting", "name", "share a key"),
        ("http", "shout", "registered twice"),
    ],
)
def test_a_kind_that_could_not_be_told_is_refused(name: str, key: str, reason: str) -> None:
    with KINDS.restored(), pytest.raises(ValueError, match=reason):
        register(name, key=key)(Config)


def offered(monkeypatch: pytest.MonkeyPatch, module: str, name: str = "shouting") -> None:
    """Have an installed distribution offer the kind `name`, and the registry not know it yet."""
    plugin = EntryPoint(name, module, GROUP)
    monkeypatch.setattr(registries, "entry_points", lambda group: [plugin] * (group == GROUP))
    monkeypatch.setattr(KINDS, "_complete", False)


def test_an_installed_package_can_offer_a_kind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "shouting_plugin.py").write_text(
        "from tests.ensemble.systems.test_registry import Config, register\n"
        "register('shouting', key='shout')(Config)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with KINDS.restored():
        offered(monkeypatch, "shouting_plugin:Config")
        assert "shouting" in [kind.name for kind in kinds()]


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("no_such_module:X", "cannot be loaded: ModuleNotFoundError"),
        ("string:capwords", "does not register a kind of system of that name"),
    ],
)
def test_a_plugin_that_does_not_work_is_named_to_those_who_need_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str, reason: str
) -> None:
    path = tmp_path / "roster.yaml"
    path.write_text("version: 1\nsystems: [{name: a, command: [x]}]")
    with KINDS.restored():
        offered(monkeypatch, module)
        assert read_roster(path).entries[0].name == "a"
        path.write_text("version: 1\nsystems: [{name: a, shout: x}]")
        with pytest.raises(RosterError, match=f"'shouting'.*{reason}"):
            read_roster(path)


def no_system(self: SystemConfig) -> System:
    raise RuntimeError("no licence")


@pytest.mark.parametrize(
    ("system", "reason"),
    [
        (no_system, "RuntimeError: no licence"),
        (lambda self: None, r"Config\.system\(\) returned None"),
    ],
)
def test_an_entry_that_makes_no_system_is_named(
    monkeypatch: pytest.MonkeyPatch, system: object, reason: str
) -> None:
    monkeypatch.setattr(Config, "system", system)
    with KINDS.restored():
        register("shouting", key="shout")(Config)
        roster = Roster.model_validate({"version": 1, "systems": [{"name": "a", "shout": "x"}]})
        for build in (roster.systems, lambda: Members(roster, Settings())):
            fault = f"the system 'a' of the kind 'shouting' cannot be made: {reason}"
            with pytest.raises(RosterError, match=fault):
                build()


def test_only_a_documented_configuration_is_registered() -> None:
    class Undocumented(Config):
        pass

    with KINDS.restored():
        with pytest.raises(TypeError, match="Undocumented needs a docstring"):
            register("x", key="shout")(Undocumented)
        with pytest.raises(TypeError, match="str is registered as a kind of system, but is not"):
            register("x", key="shout")(str)  # type: ignore[type-var]


def test_importing_rosters_imports_no_kind_and_no_model() -> None:
    script = "import sys, ensemble.systems.roster\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)
    imported = set(done.stdout.decode().split())
    assert "ensemble.systems.roster" in imported
    assert not {"aiohttp", "httpx", "torch", "transformers", "ensemble.systems.http"} & imported
