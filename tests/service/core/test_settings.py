"""Settings: where they come from, which goes over which, and what is said of a wrong one."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.core.settings import Settings, SettingsError, load_settings
from tests.raising import raises_code

CONFIGS = Path(__file__).parents[3] / "configs"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "service.yaml"
    path.write_text("version: 1\nport: 1000\ndeadline_s: 3\nroster: there/roster.yaml\n")
    return path


def test_nobody_else_is_served_unless_told() -> None:
    assert load_settings().host == "127.0.0.1"


def test_shipped_file_says_the_defaults() -> None:
    assert load_settings(CONFIGS / "service.yaml") == Settings()
    assert Settings().roster.is_file()


def test_what_else_of_ours_is_in_the_environment_is_no_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("CONSORT_CACHE", "CONSORT_DATA"):
        monkeypatch.setenv(name, "/some/folder")
    assert load_settings() == Settings()
    monkeypatch.setenv("CONSORT_ZORK", "1")
    with raises_code("unknown-setting", SettingsError):
        load_settings()


def test_file_under_environment_under_arguments(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings(written).port == 1000
    monkeypatch.setenv("CONSORT_PORT", "2000")
    assert load_settings(written).port == 2000
    assert load_settings(written, port=3000).port == 3000
    assert load_settings(written, port=3000).deadline_s == 3


def test_a_trained_combiner_is_found_from_the_file(written: Path) -> None:
    assert load_settings(written).combiner is None
    written.write_text("version: 1\ncombiner: runs/combiner\n")
    assert load_settings(written).combiner == written.parent / "runs" / "combiner"


def test_places_stay_where_they_are_though_a_process_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONSORT_COMBINER", "runs/combiner")
    settings = load_settings(state=Path("state"))
    assert (settings.combiner, settings.state) == (tmp_path / "runs/combiner", tmp_path / "state")
    assert settings.database_url == f"sqlite:///{tmp_path}/state/consort.db"


def test_roster_is_found_from_the_file(written: Path) -> None:
    assert load_settings(written).roster == written.parent / "there" / "roster.yaml"


def test_arguments_alone_ignore_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSORT_PORT", "2000")
    assert Settings().port == 8000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("version: 1\nprot: 80\n", "service.yaml: prot: Extra"),
        ("version: 1\nport: many\n", "service.yaml: port: "),
        ("version: 1\nport: 70000\n", "service.yaml: port: "),
        ("version: 2\n", "service.yaml: version: "),
        ("port: 80\n", "version: 1"),
        ("- version\n", "version: 1"),
        ("{", "service.yaml"),
        ("deadline_s: \xff", "service.yaml"),
    ],
)
def test_file_that_is_wrong(written: Path, content: str, words: str) -> None:
    written.write_bytes(content.encode("latin-1"))
    with pytest.raises(SettingsError) as error:
        load_settings(written)
    assert words in str(error.value)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with raises_code("file-unreadable", SettingsError):
        load_settings(tmp_path / "nothing.yaml")


@pytest.mark.parametrize("name", ["CONSORT_PROT", "CONSORT_PORT_", "consort_prot"])
def test_variable_that_is_not_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "80")
    with raises_code("unknown-setting", SettingsError) as error:
        load_settings()
    assert str(error.value).startswith(f"{name} is not a setting; available: ")


def test_variable_with_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSORT_DEADLINE_S", "-1")
    with raises_code("invalid-setting", SettingsError) as error:
        load_settings()
    assert str(error.value).startswith("CONSORT_DEADLINE_S: ")


def test_data_folder_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSORT_DATA", "/data")
    assert load_settings() == Settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1
