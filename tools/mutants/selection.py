"""A plugin for pytest: it runs the tests of a list in their order, and writes down how each went.

Two variables of the environment name its files: MUTANTS_TESTS, a JSON list of test ids, without which every
test runs, and MUTANTS_RESULTS, where {test id: [seconds, whether it passed]} goes.
"""

import json
import os
from pathlib import Path

import pytest

_results: dict[str, list[float | bool]] = {}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the list."""
    if listed := os.environ.get("MUTANTS_TESTS"):
        places = {test: place for place, test in enumerate(json.loads(Path(listed).read_text()))}
        others = [item for item in items if item.nodeid not in places]
        items[:] = sorted(
            (item for item in items if item.nodeid in places), key=lambda item: places[item.nodeid]
        )
        config.hook.pytest_deselected(items=others)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what a test's parts took. A skipped one shows nothing, so it counts as not passed."""
    result = _results.setdefault(report.nodeid, [0.0, True])
    result[0] += report.duration
    result[1] = bool(result[1]) and report.outcome == "passed"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the results down, once: the processes of xdist report to the first one."""
    if not hasattr(session.config, "workerinput"):
        Path(os.environ["MUTANTS_RESULTS"]).write_text(json.dumps(_results))
