"""`make fresh` tries the README's commands in bare trees.

Here are its answers and what it leaves behind; the trees are made by hand, as root.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import processes
from tests.support.person import until
from tests.support.sources import ROOT

ALONE = '#!/bin/bash\nwhile [[ $1 == --* ]]; do shift; done\nexec "$@"\n'
"""unshare, with nothing kept apart."""

TREE = """#!/bin/bash
echo "$1 $2" >>"$HERE/trees"
mkdir "$2/tree"
case $1 in
  good) echo "| Debian, good | 3.13.5 | 12 s | 400 s | 5 passed |" >"$2/result" ;;
  far) echo "its packages cannot be reached from here" >"$2/reason"; exit 3 ;;
  slow) exec sleep 60 ;;
  *) exit 1 ;;
esac
"""
"""tools/fresh-tree, for suites that end in one way each."""

SLOW_MOTION = """trap 'while [ -n "${!-}" ] && ! [ -e "$HERE/goes on" ]; do sleep 0.05; done' DEBUG\n"""
"""What bash does before each command: once it has begun something, it waits for leave to go on."""


def program(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with namespaces and debootstrap, and with suites that need no network."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools/fresh", tmp_path / "tools")
    program(tmp_path / "tools/fresh-tree", TREE)
    program(tmp_path / "bin/unshare", ALONE)
    program(tmp_path / "bin/debootstrap", "#!/bin/sh\n")
    (tmp_path / "temporary").mkdir()
    return tmp_path


@contextmanager
def started(machine: Path, *suites: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """tools/fresh, and with it whatever it has begun by the end."""
    environ = {
        "PATH": f"{machine}/bin:{os.environ['PATH']}",
        "HERE": str(machine),
        "TMPDIR": str(machine / "temporary"),
    }
    # Tests in the background ignore Ctrl-C, those under nohup a terminal that is closed, and both
    # pass that on.
    command = ["env", "--default-signal=INT,HUP", str(machine / "tools/fresh"), *suites]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with processes.started(command, env=environ | variables, **pipes) as running:
        yield running


def fresh(machine: Path, *suites: str) -> tuple[int, list[str], str]:
    """Return the exit status, the lines of the table, and what was complained of."""
    with started(machine, *suites) as running:
        out, complaints = running.communicate(timeout=30)
    assert not list((machine / "temporary").iterdir())
    return running.returncode, [line for line in out.splitlines() if line.startswith("|")][2:], complaints


def tried(machine: Path) -> list[str]:
    return [line.split()[0] for line in (machine / "trees").read_text().splitlines()]


def test_debians_and_ubuntu_of_the_readme_are_tried_unless_others_are_named(machine: Path):
    assert fresh(machine)[0] == 1
    assert tried(machine) == ["bookworm", "trixie", "noble"]


def test_figures_of_each_tree_are_a_line_of_the_table(machine: Path):
    status, table, _ = fresh(machine, "good", "good")
    assert (status, table) == (0, ["| Debian, good | 3.13.5 | 12 s | 400 s | 5 passed |"] * 2)


def test_suite_that_cannot_be_had_is_named_and_is_no_failure(machine: Path):
    status, table, _ = fresh(machine, "far", "good")
    assert status == 0
    assert table[0] == "| far | not tried: its packages cannot be reached from here | | | |"
    assert tried(machine) == ["far", "good"]


def test_nothing_tried_is_not_a_success(machine: Path):
    status, _, complaints = fresh(machine, "far")
    assert status == 2
    assert "Nothing was tried." in complaints


def test_suite_that_fails_stops_no_other_and_fails_the_run(machine: Path):
    status, table, _ = fresh(machine, "bad", "good")
    assert status == 1
    assert [line.split("|")[2].strip() for line in table] == ["failed", "3.13.5"]


def test_machine_that_allows_no_tree_is_told(machine: Path):
    program(machine / "bin/unshare", "#!/bin/sh\nexit 1\n")
    status, table, complaints = fresh(machine, "good")
    assert (status, table) == (2, [])
    assert "As root: make fresh" in complaints


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_run_that_is_broken_off_leaves_nothing(machine: Path, how: signal.Signals):
    with started(machine, "slow") as running:
        until(lambda: (machine / "trees").exists(), "the tree is begun")
        running.send_signal(how)
        running.communicate(timeout=30)  # it waits for no tree to be finished
    assert running.returncode == 130
    assert not list((machine / "temporary").iterdir())


def test_run_that_is_broken_off_before_it_knows_of_the_tree_it_began_leaves_nothing(machine: Path):
    program(machine / "bin/slow-motion", SLOW_MOTION)
    with started(machine, "slow", BASH_ENV=str(machine / "bin/slow-motion")) as running:
        until(lambda: (machine / "trees").exists(), "the tree is begun")
        running.send_signal(signal.SIGTERM)
        (machine / "goes on").touch()
        running.communicate(timeout=30)
    assert running.returncode == 130
    assert not list((machine / "temporary").iterdir())


def test_commands_that_are_typed_are_the_readmes():
    script = (ROOT / "tools/fresh-commands").read_text(encoding="utf-8")
    (line,) = [line for line in script.splitlines() if line.startswith("mapfile")]
    process = subprocess.run(
        ["bash", "-c", line + '; printf "%s\\n" "${commands[@]}"'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout.splitlines() == ["make run", "make test"]
