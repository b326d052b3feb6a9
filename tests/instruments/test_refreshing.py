"""When the list of instruments is loaded anew, and by whom."""

import logging
from datetime import datetime

import pytest

from kite import worker
from kite.instruments.catalogue import Catalogue
from kite.instruments.loading import load_bundled
from kite.instruments.refreshing import is_due
from kite.vocabulary import IST

HEADER = "tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange\n"
ROW = "NEWCO,NEW COMPANY,7,,0,0.05,1,EQ,NSE,NSE\n"


@pytest.fixture
def source(tmp_path):
    return tmp_path / "list.csv"


@pytest.fixture
def listed(sites, source):
    """A site whose list of instruments is a file."""
    return sites(INSTRUMENTS_URL=str(source))


def at(site, text):
    site.clock.advance((datetime.fromisoformat(text).replace(tzinfo=IST) - site.clock()).total_seconds())


def tick(site):
    """Have done what the worker does every ten minutes."""
    queue = worker.make(site.parts, immediate=True)
    (task,) = [each for each in queue.read_periodic(datetime.fromisoformat("2026-11-20T08:30")) if each.name == "refresh_instruments"]
    queue.enqueue(task)


def test_the_worker_loads_the_days_list_at_half_past_eight(listed, source):
    source.write_text(HEADER + ROW, encoding="ascii")
    at(listed, "2026-11-21T08:10")
    tick(listed)
    first = listed.parts.catalogue.about
    assert (first.source, first.count) == ("download", 1), "the bundled list is no list of Kite's"
    at(listed, "2026-11-21T08:20")
    source.write_text(HEADER + ROW + ROW.replace("NEWCO", "OTHER"), encoding="ascii")
    tick(listed)
    assert listed.parts.catalogue.about == first
    at(listed, "2026-11-21T08:30")
    tick(listed)
    assert listed.parts.catalogue.find("NSE", "OTHER")
    assert listed.parts.catalogue.about.loaded_at == datetime(2026, 11, 21, 8, 30, tzinfo=IST)


def test_what_did_not_work_is_tried_again_in_ten_minutes(listed, source, caplog):
    at(listed, "2026-11-21T08:30")
    source.write_text("<html>", encoding="ascii")
    with caplog.at_level(logging.ERROR):
        tick(listed)
    assert "refresh_instruments not done: What came is a web page" in caplog.text
    assert listed.parts.catalogue.find("NSE", "SBIN")
    source.write_text(HEADER + ROW, encoding="ascii")
    tick(listed)
    assert listed.parts.catalogue.find("NSE", "NEWCO")


def test_with_the_built_in_simulator_contracts_roll_over_at_midnight(site):
    at(site, "2026-11-24T23:50")
    tick(site)
    assert site.parts.catalogue.find("NFO", "NIFTY26NOVFUT")
    at(site, "2026-11-25T00:00")
    tick(site)
    assert site.parts.catalogue.find("NFO", "NIFTY26NOVFUT") is None
    assert site.parts.catalogue.find("NFO", "NIFTY27FEBFUT")


def test_a_list_is_due_when_there_is_none(tmp_path, site, opened):
    nothing = opened(Catalogue(tmp_path / "nothing.db"))
    assert is_due(nothing, site.settings, site.clock())
    load_bundled(nothing.path, site.clock())
    assert not is_due(nothing, site.settings, site.clock())


@pytest.mark.parametrize(("days", "status", "told"), [(0, 200, "0 days old"), (4, 200, "4 days old"), (4.1, 503, "4 days old, too old")])
def test_readiness_tells_the_age_and_ends_after_four_days(site, days, status, told):
    site.clock.advance(days * 86400)
    assert site.visitor().get("/readyz", status=status).text.endswith(f"bundled, {site.parts.catalogue.about.count} rows, {told}\n")
