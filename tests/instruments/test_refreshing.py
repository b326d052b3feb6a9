"""When the list of instruments is loaded anew, and by whom."""

import logging
from datetime import datetime

import pytest

from kite import worker
from kite.exceptions import NoInstruments
from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import load_bundled
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
    queue = worker.make(site.services, immediate=True)
    (task,) = [
        task
        for task in queue.read_periodic(datetime.fromisoformat("2026-11-20T08:30"))
        if task.name == "refresh_instruments"
    ]
    queue.enqueue(task)


def test_the_worker_loads_the_days_list_at_half_past_eight(listed, source):
    source.write_text(HEADER + ROW, encoding="ascii")
    at(listed, "2026-11-21T08:10")
    tick(listed)
    first = listed.services.catalogue.about
    assert (first.source, first.count) == ("download", 1), "the bundled list is no list of Kite's"
    at(listed, "2026-11-21T08:20")
    source.write_text(HEADER + ROW + ROW.replace("NEWCO", "OTHER"), encoding="ascii")
    tick(listed)
    assert listed.services.catalogue.about == first
    at(listed, "2026-11-21T08:30")
    tick(listed)
    assert listed.services.catalogue.find("NSE", "OTHER")
    assert listed.services.catalogue.about.loaded_at == datetime(2026, 11, 21, 8, 30, tzinfo=IST)


def test_what_did_not_work_is_tried_again_in_ten_minutes(listed, source, caplog):
    at(listed, "2026-11-21T08:30")
    source.write_text("<html>", encoding="ascii")
    with caplog.at_level(logging.ERROR):
        tick(listed)
    assert "refresh_instruments not done: What came is a web page" in caplog.text
    assert listed.services.catalogue.find("NSE", "SBIN")
    source.write_text(HEADER + ROW, encoding="ascii")
    tick(listed)
    assert listed.services.catalogue.find("NSE", "NEWCO")


def test_with_the_built_in_simulator_contracts_roll_over_at_midnight(site):
    at(site, "2026-11-24T23:50")
    tick(site)
    assert site.services.catalogue.find("NFO", "NIFTY26NOVFUT")
    at(site, "2026-11-25T00:00")
    tick(site)
    assert site.services.catalogue.find("NFO", "NIFTY26NOVFUT") is None
    assert site.services.catalogue.find("NFO", "NIFTY27FEBFUT")


def test_a_list_is_due_when_there_is_none(tmp_path, site, opened):
    nothing = opened(Catalogue(tmp_path / "nothing.db"))
    assert is_due(nothing, site.settings, site.clock())
    load_bundled(nothing.path, site.clock())
    assert not is_due(nothing, site.settings, site.clock())


@pytest.mark.parametrize(
    ("days", "status", "sentence"),
    [(0, 200, "0 days old"), (4, 200, "4 days old"), (4.1, 503, "4 days old, too old")],
)
def test_readiness_tells_the_age_and_ends_after_four_days(site, days, status, sentence):
    site.clock.advance(days * 86400)
    assert (
        site.visitor()
        .get("/readyz", status=status)
        .text.endswith(f"bundled, {site.services.catalogue.about.count} rows, {sentence}\n")
    )


KEYED = {"KITE_API_KEY": "abcd1234", "SECRET_KEY": "a key of the tests, long enough for it"}


def prepare(site):
    return site.app.test_cli_runner().invoke(args=["prepare"])


@pytest.fixture
def keyed(sites, source):
    """A site with a real key that has only the bundled list."""
    site = sites(INSTRUMENTS_URL=str(source), **KEYED)
    load_bundled(site.services.catalogue.path, site.clock())
    return site


def test_with_a_key_prepare_loads_the_real_list_and_the_invented_one_is_gone(keyed, source):
    with pytest.raises(NoInstruments, match="only the bundled, invented one"):
        keyed.services.catalogue.find("NSE", "INFY")
    source.write_text(HEADER + ROW + ROW.replace("NSE\n", "NCO\n"), encoding="ascii")
    result = prepare(keyed)
    assert result.exit_code == 0
    assert f"Loaded 1 instruments from {source}.\n" in result.output
    assert "Rows left out, because Kite's basket page does not take their exchange: NCO 1.\n" in result.output
    assert keyed.services.catalogue.find("NSE", "NEWCO") and not keyed.services.catalogue.find("NSE", "INFY")
    assert keyed.visitor().get("/readyz", status=200)


@pytest.mark.parametrize("text", [None, "", "<html>", HEADER, HEADER + ROW.replace("NSE\n", "NCO\n")])
def test_with_a_key_and_no_list_the_site_starts_and_says_that_it_is_not_ready(keyed, source, text):
    if text is not None:
        source.write_text(text, encoding="ascii")
    result = prepare(keyed)
    assert result.exit_code == 0, "a list that cannot be had keeps nobody from reading receipts"
    assert (
        "Nothing can be sent to Kite until there is a list: flask --app app instruments refresh"
        in result.output
    )
    ready = keyed.visitor().get("/readyz", status=503).text
    assert ready.startswith("instruments: Kite’s list of instruments was not loaded yet")


def test_prepare_keeps_a_list_of_today_and_fetches_one_that_is_older(keyed, source):
    source.write_text(HEADER + ROW, encoding="ascii")
    assert "Loaded 1" in prepare(keyed).output
    source.write_text(HEADER + ROW.replace("NEWCO", "OTHER"), encoding="ascii")
    assert prepare(keyed).output == "", "it is of today"
    at(keyed, "2026-11-23T09:00")
    assert "Loaded 1" in prepare(keyed).output
    at(keyed, "2026-11-24T09:00")
    source.unlink()
    assert "The list that was there before stays." in prepare(keyed).output
    assert keyed.services.catalogue.find("NSE", "OTHER")


def test_without_a_key_prepare_loads_the_bundled_list_and_nothing_else(sites, source):
    site = sites(INSTRUMENTS_URL=str(source))
    site.services.catalogue.path.unlink()
    assert prepare(site).output.endswith("bundled instruments.\n")
    assert site.services.catalogue.find("NSE", "INFY")


def test_a_refresh_that_fails_without_a_list_says_that_nothing_can_be_sent(keyed):
    failed = keyed.app.test_cli_runner().invoke(args=["instruments", "refresh"])
    assert failed.exit_code == 1 and "Nothing can be sent to Kite until there is a list" in failed.output


def test_the_worker_replaces_the_invented_list(keyed, source):
    source.write_text(HEADER + ROW, encoding="ascii")
    tick(keyed)
    assert keyed.services.catalogue.find("NSE", "NEWCO")
