"""What the tests of every room may use: a clock, databases, live servers and a browser."""

import gc
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support import browser as browsers
from tests.support import made_once
from tests.support.browser import NewPage, Watch
from tests.support.clock import Clock
from tests.support.closing import Closes, Opened
from tests.support.fuzzing import SOAK
from tests.support.live import Live, LiveFactory
from tests.support.ports import free_port as any_free_port
from tests.support.postgres import Postgres
from tests.support.site_fixtures import module_site, site, sites  # noqa: F401  fixtures

# No example is judged by its time, and a run of the tests can be repeated.
settings.register_profile("repeatable", deadline=None, derandomize=SOAK == 1, database=None)
settings.load_profile("repeatable")

made_once.install()

LONG = ("test_fuzz", "test_kills", "test_thousand", "test_agreement", "test_interleavings", "test_sentences")
"""Modules whose single tests last longest.

They begin first, or one process would be at them after all others have ended.
"""


def pytest_collection_finish() -> None:
    """Thousands of tests stay for good: whoever clears up the memory need not look at them again
    and again.
    """
    _first_example()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@settings(max_examples=1)
@given(strategies.none())
def _first_example(_: None) -> None:
    """Let Hypothesis make its random numbers before the memory is frozen: from Python 3.14 on it
    warns when it cannot find who holds them.
    """


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    items.sort(key=lambda item: item.path.stem not in LONG)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at 2026-11-20 09:16:39 IST until the test moves it:
    `clock.advance(seconds)`.
    """
    return Clock()


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Close what a test opened when it ends, the last one first: `store = opened(Store(url))`."""
    with ExitStack() as stack:

        def keep(thing: Closes) -> Closes:
            stack.callback(thing.close)
            return thing

        yield keep


@pytest.fixture
def free_port() -> int:
    return any_free_port()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL; `new_database()` gives the address of an empty database on it."""
    with tempfile.TemporaryDirectory(
        prefix="kite-postgres-"
    ) as folder:  # pytest's own folders are closed to other users
        server = Postgres(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """The address of an empty PostgreSQL database."""
    return postgres.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/kite.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def start_live() -> Iterator[LiveFactory]:
    """Start servers that live until the last test, or until they are stopped:
    `start_live("app:app", KITE_API_KEY="…")`.
    """
    folder = Path(tempfile.mkdtemp(prefix="kite-live-"))
    started: list[Live] = []

    def start(target: str = "app:app", port: int = 0, **settings: str) -> Live:
        live = Live(target, folder / str(len(started)), port or any_free_port(), settings)
        started.append(live)
        if target == "app:app":
            live.prepare()
        live.start()
        return live

    yield start
    for live in started:
        live.kill()  # a connection that Chromium opened ahead would hold a stop up for 10 s
    shutil.rmtree(folder)


@pytest.fixture
def live_site(start_live: LiveFactory) -> Iterator[LiveFactory]:
    """Start the site for this test: `live_site(KITE_API_KEY="…")`; without settings it runs with
    its own simulator.
    """
    yield from _until_the_end("app:app", start_live)


@pytest.fixture
def live_simulator(start_live: LiveFactory) -> Iterator[LiveFactory]:
    """Start the simulator alone for this test: `live_simulator(SIMULATOR_REDIRECT_URL="…")`."""
    yield from _until_the_end("app:simulator()", start_live)


def _until_the_end(target: str, start_live: LiveFactory) -> Iterator[LiveFactory]:
    started: list[Live] = []

    def start(port: int = 0, **settings: str) -> Live:
        live = start_live(target, port, **settings)
        started.append(live)
        return live

    yield start
    for live in started:
        live.kill()


@pytest.fixture(scope="session")
def shared_site(start_live: LiveFactory) -> Live:
    """One live site with its own simulator for all tests that only look: nobody stops or restarts
    it.
    """
    return start_live("app:app")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = browsers.launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Open pages; the test fails when one has an error on it or asks another host for anything.

    Every call is a browser of its own, with no cookies, unless `context` names the one of an
    earlier page.
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_page(
        device: str = "desktop",
        *,
        scripts: bool = True,
        scheme: str = "light",
        allow: tuple[str, ...] = (),
        context: BrowserContext | None = None,
        **options: object,
    ) -> Page:
        if context is None:
            settings = browsers.DEVICES[device] | {
                "java_script_enabled": scripts,
                "color_scheme": scheme,
                "reduced_motion": "reduce",
            }
            context = browser.new_context(**(settings | options))
            context.set_default_timeout(30_000)
            watch = Watch(allow)
            watch.follow(context)
            opened.append((context, watch))
        return context.new_page()

    yield open_page
    faults = [fault for _, watch in opened for fault in watch.faults]
    for context, _ in opened:
        browsers.close(context)
    assert not faults, "\n".join(faults)
