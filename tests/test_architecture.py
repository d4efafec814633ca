"""The house keeps its shape: who may import whom, no clock in the core, sizes, names."""

from __future__ import annotations

import ast
import re
import statistics
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from state.screens import screens

ROOT = Path(__file__).parents[1]
PACKAGES = ("state", "connectors", "flows", "dashboards", "replay_data", "benchmarks")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
CORE = [path for path in MODULES if path.is_relative_to(ROOT / "state")]
TESTS = sorted((ROOT / "tests").rglob("*.py"))

STATE_OUTSIDE = {"numpy", "msgspec"}
STATE_OUTSIDE_OF = {
    "state/store.py": {"redis"},
    "state/policy/yaml_text.py": {"yaml"},
    "state/compiled.py": {"numba"},
}
SEEN = {f"state.screens.{path.stem}" for path in (ROOT / "state/screens").glob("*_seen.py")}
"""What the screens read: one module a subject."""
VOCABULARY = {
    "state.messages",
    "state.moments",
    "state.wire",
    "state.errors",
    "state.screens.view",
    "state.screens.views",
    "state.keys",
    *SEEN,
}
MAY_IMPORT = {
    "state": {"state"},
    "connectors": {"connectors", *VOCABULARY},
    "flows": {"flows", "connectors", "state", "dashboards"},
    "dashboards": {
        "dashboards",
        "connectors.log",
        "state.store",
        "state.blocks",
        "state.calendar",
        "state.gates",
        "state.explain.views",
        *VOCABULARY,
    },
    "benchmarks": {"benchmarks", "flows", "connectors", "state", "dashboards", "replay_data"},
    "replay_data": {
        "replay_data",
        "state.messages",
        "state.calendar",
        "state.moments",
        "state.wire",
        "state.errors",
    },
}
MAY_IMPORT_TOO = {
    "connectors/sinks/store.py": {"state.store"},
    "connectors/gateway/looking.py": {"state.store"},
    "connectors/gateway/checks.py": {"state.store"},
    # The command runs them in the tree that it lies in; installed, it says where they are.
    "flows/commands/bench.py": {"benchmarks"},
    # What became of earlier VaRs is the core's own model, so it takes the core to draw it.
    "replay_data/outcomes.py": {"connectors.log", "flows.fold", "state.desk", "state.risk"},
}

OF_EXTRAS = ("benchmarks/peers/", "benchmarks/plot.py")
"""What compares with others, and draws: its libraries are extras, and may be absent."""

CLOCKS_AND_CHANCE = {
    "time", "random", "secrets", "uuid", "threading", "asyncio", "multiprocessing",
    "concurrent", "socket", "subprocess", "os", "locale", "logging", "structlog",
}  # fmt: skip
NOW = {"now", "utcnow", "today"}
BLAS = {"dot", "vdot", "inner", "matmul", "einsum", "tensordot", "linalg"}
UNSAFE = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
READS_JSON = {
    "connectors/records.py": "with NaN, Infinity and repeated keys refused",
    "dashboards/access_file.py": "after msgspec did, with repeated keys refused",
}

VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|base|managers?|misc|stuff)(_|$)")
LONGEST_MODULE = 400
LONG_MODULES = {"state/messages.py": "the vocabulary stands in one place"}
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 6
LONG_FUNCTION = 25


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports_of(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: relative import"
            yield from imported_from(str(node.module), [each.name for each in node.names])


def imported_from(module: str, names: list[str]) -> Iterator[str]:
    """`from state import messages` imports a module, `from state.store import X` a name."""
    folder = ROOT.joinpath(*module.split("."))
    for name in names:
        is_module = (folder / f"{name}.py").is_file() or (folder / name).is_dir()
        yield f"{module}.{name}" if is_module else module


def within(module: str, allowed: set[str]) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in allowed)


def is_of_tests(module: str) -> bool:
    """Whether a module is one that pytest runs."""
    return module.startswith("tests.") and ".test_" in module


def methods_called(path: Path) -> set[str]:
    calls = (n.func for n in nodes_of(path) if isinstance(n, ast.Call))
    return {call.attr for call in calls if isinstance(call, ast.Attribute)}


def functions_of(path: Path) -> Iterator[tuple[str, int]]:
    for node in nodes_of(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, body_lines(node)


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    has_docstring = ast.get_docstring(node) is not None
    body = node.body[1:] if has_docstring else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def offenders(paths: Iterable[Path], rule: Callable[[Path], object]) -> dict[str, object]:
    """Return what a rule finds, by file."""
    found = {name_of(path): rule(path) for path in paths}
    return {name: what for name, what in found.items() if what}


def heads_of(path: Path) -> set[str]:
    return {module.split(".")[0] for module in imports_of(path)}


def test_a_module_imports_only_what_its_package_may():
    def beyond(path: Path) -> set[str]:
        package = name_of(path).split("/")[0]
        allowed = MAY_IMPORT[package] | MAY_IMPORT_TOO.get(name_of(path), set())
        own = {module for module in imports_of(path) if module.split(".")[0] in PACKAGES}
        return {module for module in own if not within(module, allowed)}

    assert offenders(MODULES, beyond) == {}


def test_the_core_is_pure():
    def outside(path: Path) -> set[str]:
        allowed = STATE_OUTSIDE | STATE_OUTSIDE_OF.get(name_of(path), set()) | {"state"}
        return heads_of(path) - set(sys.stdlib_module_names) - allowed

    assert offenders(CORE, outside) == {}
    assert offenders(CORE, lambda path: heads_of(path) & CLOCKS_AND_CHANCE) == {}
    assert offenders(CORE, lambda path: methods_called(path) & NOW) == {}, "time is a message"


def test_the_core_sums_in_an_order_that_is_the_same_on_every_machine():
    def by_blas(path: Path) -> set[str]:
        nodes = nodes_of(path)
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        products = {"@" for node in nodes if isinstance(node, ast.MatMult)}
        return attributes & BLAS | products

    assert offenders(CORE, by_blas) == {}


def test_what_the_screens_read_knows_nothing_of_how_it_is_built():
    def of_how(path: Path) -> set[str]:
        return {one for one in imports_of(path) if within(one, {"state.screens"})} - VOCABULARY

    assert offenders((path for path in MODULES if path.stem.endswith("_seen")), of_how) == {}


def test_nothing_is_ever_pickled():
    assert offenders(MODULES, lambda path: heads_of(path) & UNSAFE) == {}


def test_json_is_read_strictly():
    """The standard library reads NaN, Infinity and the last of two equal keys without a word."""

    def lax(path: Path) -> list[int]:
        return [
            node.lineno
            for node in nodes_of(path)
            if isinstance(node, ast.Attribute)
            and node.attr in {"load", "loads"}
            and isinstance(node.value, ast.Name)
            and node.value.id == "json"
        ]

    assert offenders(MODULES, lax).keys() == READS_JSON.keys()


def test_modules_and_functions_stay_small():
    def lines(path: Path) -> int:
        count = len(path.read_text(encoding="utf-8").splitlines())
        return count if count > LONGEST_MODULE else 0

    def long(path: Path) -> dict[str, int]:
        return {name: size for name, size in functions_of(path) if size > LONGEST_FUNCTION}

    assert offenders(MODULES, lines).keys() <= LONG_MODULES.keys()
    assert offenders(MODULES, long) == {}


def test_most_functions_are_short():
    sizes = sorted(size for path in MODULES for _, size in functions_of(path))

    assert statistics.median(sizes) <= MEDIAN_FUNCTION
    assert sizes[int(0.9 * len(sizes))] <= LONG_FUNCTION


def test_names_say_what_is_inside():
    assert offenders(MODULES, lambda path: VAGUE.search(path.stem)) == {}


def test_what_tests_share_stands_in_a_module_of_its_own():
    def of_tests(path: Path) -> set[str]:
        return {module for module in imports_of(path) if is_of_tests(module)}

    assert offenders(TESTS, of_tests) == {}


def declared() -> set[str]:
    """Return the distributions the product asks for, by their normal names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = (re.match(r"[\w-]+", each) for each in project["dependencies"])
    return {normal(name[0]) for name in names if name}


def normal(distribution: str) -> str:
    return distribution.lower().replace("_", "-")


def test_every_package_that_is_imported_is_a_dependency_of_its_own():
    """What only comes along with another dependency may go with its next version."""
    own = [path for path in MODULES if not name_of(path).startswith(OF_EXTRAS)]
    heads = {module.split(".")[0] for path in own for module in imports_of(path)}
    outside = heads - set(sys.stdlib_module_names) - {*PACKAGES}
    provided = packages_distributions()

    undeclared = {
        head for head in outside if not {normal(name) for name in provided[head]} & declared()
    }
    assert undeclared == set()


PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", ["connectors", "dashboards", "replay_data"])
def test_the_page_names_whatever_a_package_may_import(package: str):
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{package}/` |")]
    of_the_core = {name for name in MAY_IMPORT[package] if name.startswith("state.")}
    if package == "dashboards":
        assert "the vocabulary" in row
        of_the_core -= VOCABULARY

    named = set(re.findall(r"`([\w.]+)`", row))
    if "`*_seen`" in row:
        of_the_core -= SEEN
    assert {name for name in of_the_core if not {name, name.split(".")[-1]} & named} == set()


def test_the_page_names_every_room_and_every_view():
    rooms = {path.parent.name for path in (ROOT / "state").glob("*/__init__.py")}
    core = PAGE.partition("## The core")[2].partition("## Keys in the store")[0]
    views = PAGE.partition("View names:")[2].partition("\n\n")[0]

    assert set(re.findall(r"^\| `(\w+)/` \|", core, re.MULTILINE)) == rooms
    assert set(screens._BUILDERS) <= set(re.findall(r"`(\w+)`", views))


def test_the_rules_see_what_they_forbid(tmp_path: Path):
    """The rules are worth something only if they find an offender."""
    path = tmp_path / "offender.py"
    path.write_text(
        "from flows import up\nimport pickle, time\nx = a @ b.now()\n", encoding="utf-8"
    )

    assert {"pickle", "time"} <= set(imports_of(path))
    assert not within("flows", MAY_IMPORT["state"])
    assert not within("state.store", MAY_IMPORT["connectors"])
    assert within("state.messages", MAY_IMPORT["connectors"])
    assert is_of_tests("tests.state.test_wire")
    assert not is_of_tests("tests.state.worked")
    assert any(isinstance(n, ast.MatMult) for n in nodes_of(path))
    assert methods_called(path) == {"now"}
    assert VAGUE.search("string_utils")
    assert not VAGUE.search("basis")
