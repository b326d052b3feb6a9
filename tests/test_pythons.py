"""The Pythons that are supported: every file names the same ones, each gets an environment of its
own, and a whole run tries all of them.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.browser import NewPage
from tests.support.sources import ROOT

HERE = "{}.{}".format(*sys.version_info)
RUNS = "#!/bin/sh\n"
"""A Python that starts, and does nothing."""


def run(command: list[str], cwd: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PYTHON"))
    }
    return subprocess.run(
        command, cwd=cwd, env=variables | environ, capture_output=True, text=True, check=False, timeout=60
    )


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def only_programs(folder: Path) -> Path:
    """Put what the scripts use into a folder that can be the whole PATH, so that no Python of this
    machine is found.
    """
    folder.mkdir(exist_ok=True)
    for name in ("bash", "sh", "env", "dirname", "mktemp", "rm", "tee", "tail", "grep", "ls", "sed"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def python_of(version: str) -> str:
    """A Python that is of this version, for all that our tools ask of one."""
    return (
        f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = ({version.replace(".", ", ")},'
        ' 0); exec(sys.argv[1])" "$2"\n'
    )


def supported() -> list[str]:
    return run(["tools/make-venv", "--supported"]).stdout.split()


def test_every_file_names_the_same_versions():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    label = "Programming Language :: Python :: "
    assert [
        line.removeprefix(label) for line in project["classifiers"] if line.startswith(label)
    ] == supported()
    assert project["requires-python"] == f">={supported()[0]}"
    in_words = f"Python {', '.join(supported()[:-1])} or {supported()[-1]}"
    for document in ("README.md", "docs/deploying.md"):
        assert in_words in " ".join((ROOT / document).read_text(encoding="utf-8").split())


def test_this_python_is_a_supported_one():
    assert HERE in supported()


@pytest.mark.parametrize(
    ("choice", "environment"),
    [
        ([], ".venv"),
        (["PYTHON=python3.13"], ".venv-python3.13"),
        (["PYTHON=/opt/somewhere/bin/python3.12"], ".venv-python3.12"),
    ],
)
@pytest.mark.parametrize("target", ["run", "test", "test-quick", "check"])
def test_each_python_has_an_environment_of_its_own(target: str, choice: list[str], environment: str):
    printed = run(["make", "--always-make", "--dry-run", target, *choice]).stdout
    assert f"tools/make-venv {environment} {''.join(choice).removeprefix('PYTHON=')}".strip() in printed
    assert set(re.findall(r"\.venv[\w.-]*", printed)) == {environment}


def test_python_that_does_not_start_is_passed_over(tmp_path: Path):
    program(tmp_path / "shims/python3.13", "#!/bin/sh\nexit 127\n")
    good = program(tmp_path / "bin/python3.13", RUNS)
    path = f"{tmp_path}/shims:{tmp_path}/bin:/usr/bin:/bin"
    assert run(["tools/find-python", "python3.13"], PATH=path, HOME=str(tmp_path)).stdout.strip() == str(good)


@pytest.mark.parametrize("folder", [".pyenv/versions/3.13.0/bin", ".local/share/uv/python/cpython-3.13/bin"])
def test_python_off_the_path_is_found_where_its_manager_keeps_it(tmp_path: Path, folder: str):
    program(only_programs(tmp_path / "bin") / "python3.13", "#!/bin/sh\nexit 127\n")
    managed = program(tmp_path / folder / "python3.13", RUNS)
    environ = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / ".pyenv")}
    assert run(["tools/find-python", "python3.13"], **environ).stdout.strip() == str(managed)


def test_python_that_is_nowhere_is_not_found(tmp_path: Path):
    result = run(["tools/find-python", "python3.99"], HOME=str(tmp_path))
    assert (result.returncode, result.stdout) == (1, "")


@pytest.mark.parametrize("version", ["3.10", "2.7", "3.99"])
def test_other_version_is_refused_in_words(tmp_path: Path, version: str):
    other = program(tmp_path / "python-of-another-time", python_of(version))
    refused = run(["tools/make-venv", str(tmp_path / "venv"), str(other)])
    assert refused.returncode == 1
    assert (
        f"Python {', '.join(supported()[:-1])} or {supported()[-1]} is needed. {other} is {version}."
        in refused.stderr
    )
    assert not (tmp_path / "venv").exists()


def test_first_supported_python_is_taken_where_none_is_asked_for(tmp_path: Path):
    program(tmp_path / "bin/python3", python_of("3.9"))
    (tmp_path / "bin" / f"python{HERE}").symlink_to(sys.executable)
    path = str(only_programs(tmp_path / "bin"))
    result = run(
        ["tools/make-venv", str(tmp_path / "venv")], PATH=path, HOME=str(tmp_path), PYENV_ROOT=str(tmp_path)
    )
    assert result.returncode == 0, result.stderr
    assert f"Making {tmp_path}/venv with Python {HERE}" in result.stdout


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The scripts of a whole run, with a `make` that only notes what it was asked for, and Python
    3.11 as the default.
    """
    for name in (".ci", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name)
    program(tmp_path / ".venv/bin/python", python_of("3.11"))
    program(
        tmp_path / "bin/make",
        '#!/bin/sh\necho "$@" >>asked\necho "== $2 ${3:-default} passed =="\ncase "$*" in *$FAILS*) exit 2 ;;'
        " esac\n",
    )
    return tmp_path


def whole_run(tree: Path, fails: str = "nothing") -> subprocess.CompletedProcess[str]:
    return run(
        [".ci/run"],
        cwd=tree,
        PATH=str(only_programs(tree / "bin")),
        HOME=str(tree),
        PYENV_ROOT=str(tree),
        FAILS=fails,
    )


def asked_for(tree: Path) -> list[str]:
    return [line.removeprefix("--no-print-directory ") for line in (tree / "asked").read_text().splitlines()]


def test_whole_run_tries_every_other_python_and_names_those_that_are_not_here(tree: Path):
    for version in ("3.11", "3.13"):
        program(tree / "bin" / f"python{version}", RUNS)
    result = whole_run(tree)
    assert result.returncode == 0, result.stderr
    assert asked_for(tree) == ["check", "test", "test-quick PYTHON=python3.13"]
    assert result.stdout.splitlines()[-5:] == [
        "Not on this machine, and so not tested: Python 3.12 3.14",
        "Python 3.13, without a browser:",
        "== test-quick PYTHON=python3.13 passed ==",
        "Python 3.11, everything:",
        "== test default passed ==",
    ]


def test_whole_run_with_one_python_says_so(tree: Path):
    result = whole_run(tree)
    assert result.returncode == 0, result.stderr
    assert asked_for(tree) == ["check", "test"]
    assert "Not on this machine, and so not tested: Python 3.12 3.13 3.14" in result.stdout


def test_whole_run_fails_with_any_other_python_and_tries_the_rest(tree: Path):
    for version in ("3.12", "3.13", "3.14"):
        program(tree / "bin" / f"python{version}", RUNS)
    result = whole_run(tree, fails="python3.12")
    assert result.returncode == 1
    assert asked_for(tree)[2:] == [f"test-quick PYTHON=python3.{minor}" for minor in (12, 13, 14)]


@pytest.mark.parametrize(("fails", "reached"), [("check", ["check"]), ("test", ["check", "test"])])
def test_whole_run_stops_where_the_default_python_fails(tree: Path, fails: str, reached: list[str]):
    program(tree / "bin/python3.13", RUNS)
    assert whole_run(tree, fails).returncode != 0
    assert asked_for(tree) == reached


def test_test_that_takes_a_browser_is_marked(request: pytest.FixtureRequest, new_page: NewPage):
    assert new_page and request.node.get_closest_marker("browser")


def test_test_that_takes_none_is_not_marked(request: pytest.FixtureRequest):
    assert not request.node.get_closest_marker("browser")
