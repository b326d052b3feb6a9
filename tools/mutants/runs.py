"""Runs of pytest in a copy of the tree, with temporary files of their own, that end when time is up."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_BEHIND = (".git", ".venv*", ".env", "instance", "node_modules", ".*_cache", ".hypothesis", "__pycache__")
"""What is in a checkout and belongs to no tree."""

NO_BROWSER = "not browser and not node"


@dataclass(frozen=True)
class Run:
    """How a run went. `results` has, for each test that ran, its seconds and whether it passed."""

    exit_code: int
    output: str
    results: dict[str, tuple[float, bool]] = field(default_factory=dict)
    hung: bool = False

    @property
    def first_failure(self) -> str | None:
        """The test that failed first."""
        return next((test for test, (_, passed) in self.results.items() if not passed), None)


class Workplace:
    """A copy of the tree below `folder`, in which one run at a time can happen."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.tree, self._temporary = folder, folder / "tree", folder / "tmp"
        shutil.copytree(ROOT, self.tree, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
        self._temporary.mkdir()
        for path in (folder, self._temporary):
            path.chmod(0o755)  # PostgreSQL runs as somebody else

    def run(self, arguments: Sequence[str], timeout: float | None = None, **environ: str) -> Run:
        """Run pytest. When it takes longer than `timeout` seconds, it is killed with all that it started."""
        results = self._temporary / "results.json"
        results.unlink(missing_ok=True)
        process = subprocess.Popen(  # noqa: S603  our own words
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "tools.mutants.selection",
                "-p",
                "no:cacheprovider",
                *arguments,
            ],
            cwd=self.tree,
            env=os.environ | self._environ() | {"MUTANTS_RESULTS": str(results)} | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            return Run(-1, "", hung=True)
        finally:
            if process.poll() is None or process.returncode < 0:
                self.end()
                process.communicate()
        known = json.loads(results.read_text()) if results.exists() else {}
        return Run(process.returncode, output, {test: tuple(result) for test, result in known.items()})

    def run_tests(self, tests: Sequence[str], timeout: float, *options: str) -> Run:
        """Run these tests, in this order unless fixtures want another."""
        listed = self._temporary / "tests.json"
        listed.write_text(json.dumps(tests))
        files = list(dict.fromkeys(test.split("::")[0] for test in tests))
        return self.run(["-n", "0", *options, *files], timeout, MUTANTS_TESTS=str(listed))

    def _environ(self) -> dict[str, str]:
        return {
            "TMPDIR": str(self._temporary),
            "CHROMIUM": "/nonexistent/no-browser-in-these-tests",
        }

    def end(self) -> None:
        """End the run, and the servers that it started in sessions of their own: all work in our folder."""
        for path in Path("/proc").glob("[0-9]*/cwd"):
            try:
                if path.readlink().is_relative_to(self._folder):
                    os.kill(int(path.parent.name), signal.SIGKILL)
            except OSError:
                continue  # it has ended, or is somebody else's
