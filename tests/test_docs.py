"""What is written about the project is true where a test can tell."""

import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from kite.setting_rows import SETTINGS, Setting
from kite.store.base.publishing_tables import metadata
from tests.support.sources import ROOT
from tools import draw_token
from tools.draw_packages import DOCUMENT, PICTURE, TABLE, document, picture

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
JOURNEYS = sorted((ROOT / "docs/journeys").glob("*.md"))
CHANGES = (
    "A field of an item",
    "A rule",
    "An outcome's word",
    "An event that is sent to integrators",
    "A language",
    "The layout of the hand-off page",
    "An API endpoint",
    "An exchange",
    "How long something is kept",
    "A second Kite app",
    "An order type",
    "An option of the embed script",
)
"""What a newcomer is most likely to change."""
PATH = re.compile(r"`((?:app\.py|(?:kite|templates|static|tests|tools|bench|docs)/[\w./-]+))`")
"""A file or folder of the project, as documents name it."""


def files() -> list[Path]:
    """Every file that is, or would be, in the repository; outside of one or without git, everything
    but what tools leave behind.
    """
    if git := shutil.which("git"):
        listed = subprocess.run(
            [git, "ls-files", "-co", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if listed.returncode == 0:
            return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not left_behind(path.relative_to(ROOT))]


def left_behind(path: Path) -> bool:
    """Whether a path is what .gitignore names, or git's own."""
    names = [
        ".git",
        *(line.rstrip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()),
    ]
    return any(fnmatch(part, name) for part in path.parts for name in names)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_setting_is_documented_with_its_default(setting: Setting):
    rows = [
        line.split("|")
        for line in (ROOT / "docs/configuration.md").read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| `{setting.name}` |")
    ]
    assert len(rows) == 1
    assert setting.default in rows[0][2]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_setting_stands_in_the_example_file_with_its_default(setting: Setting):
    paragraphs = (ROOT / ".env.example").read_text(encoding="utf-8").split("\n\n")
    (paragraph,) = [each for each in paragraphs if re.search(rf"^#?{setting.name}=", each, re.MULTILINE)]
    assert setting.default == "–" or setting.default in paragraph


def test_no_setting_is_documented_that_nobody_reads():
    table = re.findall(
        r"^\| `([A-Z_]+)` \|", (ROOT / "docs/configuration.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    example = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    server = {"BIND", "WEB_CONCURRENCY"}
    assert set(table) - server == set(example) - server == {setting.name for setting in SETTINGS}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_link_leads_to_a_file(document: Path):
    links = [
        link
        for link in LINK.findall(document.read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:|#", link)
    ]
    assert not [link for link in links if not (document.parent / link.split("#")[0]).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_that_a_document_names_exists(document: Path):
    named = PATH.findall(document.read_text(encoding="utf-8"))
    assert not [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("change", CHANGES)
def test_place_of_a_change_is_answered_with_files_and_tests(change: str):
    _, _, section = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").partition(f"\n### {change}\n")
    section = re.split(r"\n##", section)[0]
    places, _, proofs = section.partition("\nTests: ")
    assert {name.split("/")[0] for name in PATH.findall(places)} & {"kite", "templates", "static"}
    assert [name for name in PATH.findall(proofs) if name.startswith("tests/")]


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda path: path.stem)
def test_journey_names_its_files_what_is_recorded_and_what_can_go_wrong(journey: Path):
    text = journey.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == [
        "The files, in order",
        "What is recorded where",
        "What can go wrong, and where it is handled",
    ]
    recorded = text.split("## ")[2]
    tables = set(re.findall(r"`([a-z_]+)`", re.sub(r"^\|.*\|(.*)\|$", r"\1", recorded, flags=re.MULTILINE)))
    assert tables <= set(metadata.tables)


def test_picture_of_the_packages_is_up_to_date():
    assert PICTURE.read_text(encoding="utf-8") == picture(), "make docs"


def test_picture_of_the_tokens_way_is_up_to_date_and_enters_each_package_from_one_other():
    assert draw_token.PICTURE.read_text(encoding="utf-8") == draw_token.picture(draw_token.watch_return()), (
        "make docs"
    )


def test_table_of_the_packages_is_up_to_date():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert TABLE.search(text), f"{DOCUMENT} has no place for the table"
    assert text == document(), "make docs"


def test_nothing_points_outside_of_the_tree():
    outside = "../" + "shared"
    assert not [path for path in files() if outside.encode() in path.read_bytes()]


def test_files_are_the_same_without_git(monkeypatch: pytest.MonkeyPatch):
    with_git = set(files())
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert set(files()) == with_git
