"""People with browsers at one running site, which all journeys share."""

from collections.abc import Callable, Iterator

import pytest

from kite.store.base.engine import Store
from tests.support.browser import NewPage
from tests.support.fuzzing import SOAK
from tests.support.live import Live, LiveFactory
from tests.support.person import Person

WAYS = [
    pytest.param(("phone", True), id="phone"),
    pytest.param(("desktop", False), id="desktop without scripts"),
]
if SOAK > 1:
    WAYS += [
        pytest.param(("desktop", True), id="desktop"),
        pytest.param(("phone", False), id="phone without scripts"),
    ]

Somebody = Callable[..., Person]


@pytest.fixture(scope="session")
def journey_site(start_live: LiveFactory) -> Live:
    """The site with its own simulator. A line without an order is called missing after 2 s."""
    return start_live("app:app", MISSING_AFTER="2")


@pytest.fixture(scope="session")
def journey_store(journey_site: Live) -> Iterator[Store]:
    """What the site has written down."""
    store = Store(f"sqlite:///{journey_site.instance}/kite.db")
    yield store
    store.close()


@pytest.fixture
def somebody(new_page: NewPage, journey_site: Live) -> Somebody:
    """Make people, each with a browser of their own: `somebody("phone", scripts=False)`."""

    def make(
        device: str = "desktop", scripts: bool = True, site: Live = journey_site, **options: object
    ) -> Person:
        return Person(new_page(device, scripts=scripts, **options), site, scripts)

    return make


@pytest.fixture(params=WAYS)
def person(request: pytest.FixtureRequest, somebody: Somebody) -> Person:
    """Somebody on a phone with scripts and at a desk without; in `make soak` the other way round
    too.
    """
    device, scripts = request.param
    return somebody(device, scripts)
