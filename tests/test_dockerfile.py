"""The image of the dashboard, as far as it can be tried without Docker: what it holds, and that this is enough."""

import ast
import re
from pathlib import Path

from tests.test_rooms import ROOT, imports, name, sources

LINES = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text()).splitlines()
LEFT_OUT = {"demo"}  # `menulens demo` is no command of a server


def steps(word: str) -> list[str]:
    return [line.removeprefix(f"{word} ") for line in LINES if line.startswith(f"{word} ")]


def held(path: str) -> bool:
    """Whether a file of the project is in the image."""
    copied = [source for step in steps("COPY") if not step.startswith("--from") for source in step.split()[:-1]]
    return any(path == source or path.startswith(f"{source}/") for source in copied)


def read_in(path: Path) -> set[str]:
    """The files beside which a module looks for its own: `Path(__file__).with_name("x")`."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    named = [call.args[0] for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "with_name"]
    beside = {each.value for each in named if isinstance(each, ast.Constant)}
    return {name(path.with_name(str(each))) for each in beside if path.with_name(str(each)).exists()}


def test_the_image_holds_all_that_the_dashboard_imports_and_reads() -> None:
    rooms = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in sources()}
    inside = [path for path in sources() if held(name(path))]
    assert {"menulens.py", "streamlit_app.py"} <= {name(path) for path in inside}
    for path in inside:
        for imported in imports(path):
            room = imported.split(".")[0]
            if room in rooms - LEFT_OUT:
                assert held(f"{room}.py") or held(f"{room}/__init__.py"), f"{name(path)} imports {imported}"
        assert {file for file in read_in(path) if not held(file)} == set(), name(path)
    pages = [name(path) for path in (ROOT / "pages").glob("*.py")]  # run by their paths
    for needed in (*pages, ".streamlit/config.toml", "static/inter.woff2", "queries/reports/recommendations.sql"):
        assert held(needed), needed


def test_nobody_in_the_image_is_root_and_only_its_home_is_written() -> None:
    assert steps("USER") == ["10001"]
    assert steps("VOLUME") == ['["/home/menulens"]']
    settings = dict(each.split("=", 1) for each in " ".join(steps("ENV")).split())
    for variable in ("HOME", "TMPDIR", "MENULENS_HOME"):
        assert settings[variable].startswith("/home/menulens")
    assert "/_stcore/health" in steps("HEALTHCHECK")[0]
    assert steps("ENTRYPOINT") == ['["python", "menulens.py"]']


def test_what_is_not_named_stays_out_of_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert "!.streamlit/config.toml" in ignored, "and no secrets.toml beside it"
    assert not {"!tests", "!demo", "!.git"} & {*ignored}
