"""Settings: one table, read from what was given, else the environment, else the defaults."""

from pathlib import Path

import pytest

from errors import SettingError
from settings import SETTINGS, read_settings

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_without_anything_the_defaults_hold() -> None:
    settings = read_settings({})
    assert settings.home == Path.cwd() / ".menulens"
    assert (settings.serve_port, settings.dashboard_port, settings.engine) == (8801, 8501, "duckdb")


def test_the_environment_overrides_the_default_and_the_command_line_the_environment() -> None:
    environment = {"MENULENS_SERVE_PORT": "9000", "MENULENS_DASHBOARD_PORT": "9001"}
    settings = read_settings(environment, dashboard_port=9002)
    assert (settings.serve_port, settings.dashboard_port) == (9000, 9002)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("MENULENS_SERVE_PORT", "eighty", "MENULENS_SERVE_PORT is 'eighty': it must be a whole number"),
        ("MENULENS_SERVE_PORT", "70000", "MENULENS_SERVE_PORT is 70000: out of range"),
        ("MENULENS_LAG_SECONDS", "-1", "MENULENS_LAG_SECONDS is -1: out of range"),
        ("MENULENS_ENGINE", "oracle", "MENULENS_ENGINE is 'oracle': choose one of duckdb"),
    ],
)
def test_a_setting_that_cannot_be_used_says_which_and_why(variable: str, value: str, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        read_settings({variable: value})


def test_a_home_that_is_no_folder_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for home in ("file", "file/below"):
        with pytest.raises(SettingError, match=r"/file is a file, not a folder\. Choose another home with --home"):
            read_settings({"MENULENS_HOME": str(tmp_path / home)})
    with pytest.raises(SettingError, match="There is no user whose folder '~nobody-here/home' could be in"):
        read_settings({"MENULENS_HOME": "~nobody-here/home"})
    with pytest.raises(SettingError, match="File name too long"):
        read_settings({"MENULENS_HOME": str(tmp_path / ("a" * 300))})
    assert read_settings({"MENULENS_HOME": str(tmp_path / "new" / "home")}).home == tmp_path / "new" / "home"


def test_a_password_is_not_shown() -> None:
    settings = read_settings({"MENULENS_TRINO_PASSWORD": "secret"})
    assert settings.trino_password == "secret"
    assert "secret" not in repr(settings)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_in_the_readme(setting) -> None:
    assert f"`{setting.variable}`" in README
