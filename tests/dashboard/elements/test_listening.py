"""Where the dashboard listens: others reach it only behind what ends TLS."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize("url", ["", "http://numbers.example.com"])
def test_nobody_elsewhere_reaches_it_without_tls(
    command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("MENULENS_DASHBOARD_HOST", "0.0.0.0")
    monkeypatch.setenv("MENULENS_DASHBOARD_URL", url)
    code, out, said = command("dashboard")
    assert (code, out) == (1, "")
    assert said.startswith("menulens: MENULENS_DASHBOARD_HOST is 0.0.0.0: others reach it")
    assert said.rstrip().endswith("Set MENULENS_DASHBOARD_URL to the https address of what ends TLS before it.")
