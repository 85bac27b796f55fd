"""The rules of the house: which room may import which, and who alone may use a library."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("errors", "queries", "ingest_stack", "dashboard", "pages", "streamlit_app")  # each may import those before it
ENTRIES = {"menulens", "streamlit_app"}
LIBRARIES = {  # library → the only places that may import it
    "streamlit": ("streamlit_app.py", "pages/", "dashboard/reads.py", "dashboard/elements/", "dashboard/menus/editor/"),
    "plotly": ("dashboard/charts",),
    "pyathena": ("dashboard/warehouse/athena.py",),
    "trino": ("dashboard/warehouse/trino.py",),
    "boto3": ("dashboard/s3.py", "ingest_stack/lake.py", "ingest_stack/aws/"),
    "granian": ("ingest_stack/",),
    "click": ("menulens.py",),
    "authlib": ("dashboard/signin/oidc.py",),
    "argon2": ("dashboard/signin/passwords.py",),
    "starlette": ("dashboard/elements/", "dashboard/signin/"),
}
ASK_THE_CLOUD = (
    *("dashboard/s3.py", "dashboard/warehouse/athena", "dashboard/warehouse/trino"),
    "ingest_stack/aws",
)


def sources() -> list[Path]:
    folders = ("queries", "ingest_stack", "dashboard", "pages", "demo")
    return sorted([*ROOT.glob("*.py"), *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))])


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path, *, at_load: bool = False) -> Iterator[str]:
    """The modules that a file imports; with at_load only those that importing the file imports."""
    nodes = [ast.parse(path.read_text())]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 or node.module or node.names, "a relative import stays within its room"
            if node.level == 0:
                yield node.module or ""
        elif not (at_load and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            nodes.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("path", sources(), ids=name)
def test_imports_point_one_way(path: Path) -> None:
    room = name(path).split("/")[0].removesuffix(".py")
    for imported in {module.split(".")[0] for module in imports(path)}:
        assert imported not in ENTRIES, f"nobody imports {imported}"
        if imported == "settings":
            assert room in ENTRIES, "settings are handed down as plain arguments"
        if imported == "demo":
            assert room in ("menulens", "demo")
        if imported in ROOMS and room in ROOMS:
            assert ROOMS.index(imported) <= ROOMS.index(room), f"{room} must not import {imported}"


@pytest.mark.parametrize("path", sources(), ids=name)
def test_a_library_is_used_only_where_it_belongs(path: Path) -> None:
    for library in {module.split(".")[0] for module in imports(path)} & LIBRARIES.keys():
        assert name(path).startswith(LIBRARIES[library]), f"{library} belongs in {', '.join(LIBRARIES[library])}"


def test_a_laptop_needs_no_cloud_library_until_it_asks_the_cloud() -> None:
    for path in sources():
        loaded = {module.split(".")[0] for module in imports(path, at_load=True)}
        if not name(path).startswith(ASK_THE_CLOUD):
            assert not loaded & {"pyathena", "trino", "boto3"}, f"{name(path)} loads a cloud library"


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    loaded = {module.split(".")[0] for module in imports(ROOT / "menulens.py", at_load=True)}
    assert not loaded & {"streamlit", "pandas", "duckdb", "plotly", "sqlglot", "granian", "dashboard", "ingest_stack"}
