"""Fixtures of the real site in one process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clock import Clock
from tests.support.site import Site, Sites


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Sites]:
    """Make a site with settings of a test's own."""
    made: list[Site] = []

    def make(**settings: str) -> Site:
        made.append(Site(tmp_path / f"instance{len(made)}", Clock(), **settings))
        return made[-1]

    yield make
    for site in made:
        site.close()


@pytest.fixture
def site(sites: Sites) -> Site:
    """The site in simulator mode."""
    return sites()


@pytest.fixture(scope="module")
def module_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site in simulator mode, one for all tests of a module; they leave it usable for the next."""
    site = Site(tmp_path_factory.mktemp("shared"), Clock())
    yield site
    site.close()
