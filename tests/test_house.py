"""The papers of the house: README, changelog and files say what is true, and no secrets."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from flows.commands import app
from flows.days import SHIPPED, shipped_days
from flows.settings import Settings

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
README = (ROOT / "README.md").read_text("utf-8")
WRITTEN = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")),
)
FOLDERS = "state|connectors|flows|dashboards|replay_data|benchmarks|tests|policies|docs"
FILE = re.compile(rf"`((?:{FOLDERS})/[\w./-]*)`")
MODULE = re.compile(rf"(?:-m |`)((?:{FOLDERS})(?:\.[a-z_]+)+)\b(?![(/])")

MACHINE = re.compile(
    r"(?<![\w.])/(work|opt/tl|tmp/(?!\b)|root|home/\w+|mnt/\w+)/|https?://[\w.-]*(pypi|jfrog|artifactory|nexus)[\w.-]*"
)
BINARY = {".zip", ".gz", ".png", ".state", ".bin"}


def committed() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("no git repository: a copy of the files only")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_help_lists_every_command_and_the_readme_knows_them(capsys: pytest.CaptureFixture[str]):
    assert app.invoke(["--help"]) == 0
    listed = set(
        re.findall(r"^  (\w+)  +\S", capsys.readouterr().out.split("Commands:")[1], re.MULTILINE)
    )

    in_readme = set(re.findall(r"`tieline (\w+)", README))
    assert in_readme == listed


@pytest.mark.parametrize("command", re.findall(r"\| `tieline ([a-z]+)", README))
def test_every_option_the_readme_names_exists(command: str, capsys: pytest.CaptureFixture[str]):
    rows = [line for line in README.splitlines() if line.startswith(f"| `tieline {command}")]
    named = {option for row in rows for option in re.findall(r"--[a-z-]+", row)}

    assert app.invoke([command, "--help"]) == 0
    assert named <= set(re.findall(r"--[a-z-]+", capsys.readouterr().out))


def test_make_help_lists_every_target_the_readme_names():
    helped = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    targets = {line.split()[0] for line in helped.stdout.splitlines()}

    assert set(re.findall(r"`make (\w+)", README)) <= targets
    assert {"up", "test", "lint", "types", "replay", "bench", "clean"} <= targets


def test_the_readme_lists_exactly_the_shipped_days():
    listed = set(re.findall(r"`(\d{4}-\d\d-\d\d-[\w-]+)`", README))

    assert listed == set(shipped_days())


@pytest.mark.parametrize("day", shipped_days())
def test_a_shipped_day_has_at_most_five_megabytes(day: str):
    size = sum(path.stat().st_size for path in (SHIPPED / day).rglob("*") if path.is_file())

    assert size <= 5_000_000


@pytest.mark.parametrize("paper", WRITTEN)
def test_links_lead_somewhere(paper: str):
    text = (ROOT / paper).read_text("utf-8")
    targets = [
        target.partition("#")[0]
        for target in re.findall(r"\]\(([^)]+)\)", text)
        if not target.startswith(("http", "#"))
    ]

    assert [target for target in targets if not ((ROOT / paper).parent / target).exists()] == []


@pytest.mark.parametrize("paper", WRITTEN)
def test_files_and_modules_that_are_named_are_there(paper: str):
    text = (ROOT / paper).read_text("utf-8")
    modules = [ROOT.joinpath(*name.split(".")) for name in MODULE.findall(text)]

    assert [name for name in FILE.findall(text) if not (ROOT / name).exists()] == []
    assert [
        path for path in modules if not (path.is_dir() or path.with_suffix(".py").is_file())
    ] == []


def test_every_setting_is_explained_with_its_default():
    operations = (ROOT / "docs" / "operations.md").read_text("utf-8")
    rows = [line.split("|")[1:3] for line in operations.splitlines() if line.startswith("| `")]
    explained = {name: default for names, default in rows for name in re.findall(r"`(\w+)`", names)}

    assert set(Settings.model_fields) <= set(explained)
    for name in ("data_dir", "day", "speed", "stale_seconds", "snapshot_every_ticks", "workers"):
        default = Settings.model_fields[name].default
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        assert shown in explained[name], name


def test_the_newest_changelog_entry_is_the_projects_version():
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## \[([\d.]+)\]", changelog, re.MULTILINE)

    assert versions[0] == PROJECT["project"]["version"]


def test_every_dependency_has_its_reason_and_exactly_one_version():
    constraints = (ROOT / "constraints.txt").read_text("utf-8")
    pinned = {
        name.lower().replace("_", "-")
        for name in re.findall(r"^([\w-]+)==", constraints, re.MULTILINE)
    }
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    names = [re.match(r"[\w-]+", each)[0].lower() for each in wanted]

    assert set(names) <= pinned
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    without = [line for line in lines if re.match(r'  "[\w\[\]-]+[><=]', line) and "# " not in line]
    assert not without


def test_no_committed_file_names_a_machine_or_a_registry():
    offenders = {}
    for path in committed():
        if path.suffix in BINARY or not path.is_file():
            continue
        found = MACHINE.search(path.read_text("utf-8", errors="replace"))
        if found and path != Path(__file__).resolve():
            offenders[path.relative_to(ROOT).as_posix()] = found[0]

    assert offenders == {}


def test_the_rule_about_machines_finds_one():
    assert MACHINE.search("see /work/shared/data")
    assert MACHINE.search("https://files.pypi-mirror.example/simple")
    assert not MACHINE.search("docs/work/of/others and a/work/b")


def test_the_compose_file_and_the_papers_are_yaml_and_text_without_tabs():
    yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    for paper in WRITTEN:
        assert "\t" not in (ROOT / paper).read_text("utf-8")
