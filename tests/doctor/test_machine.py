"""What the doctor finds on the machine: instruments, holidays, database, Redis, the secret."""

from datetime import date, datetime

import pytest
import redis

from kite.doctor.examination import as_text
from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import load_bundled
from kite.store.base import migrate
from kite.vocabulary import IST, Mode
from tests.support.doctor import (
    API_SECRET,
)
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer

PASSWORD = "hunter2"


def test_an_old_list_of_instruments_is_wrong_and_yesterdays_is_told(practice):
    practice.site.clock.advance(86_400)
    assert practice.look("instruments").verdict == "care"
    practice.site.clock.advance(86_400 * 3 + 1)
    assert practice.look("instruments").verdict == "wrong"


def test_no_list_and_an_invented_one_are_wrong_where_real_orders_are_placed(practice, tmp_path):
    catalogue = Catalogue(tmp_path / "instruments.db", real=True)
    missing = practice.look("instruments", catalogue=catalogue)
    load_bundled(catalogue.path, practice.site.clock())
    invented = practice.look("instruments", catalogue=catalogue)
    catalogue.close()
    rehearsed = Catalogue(catalogue.path)
    simulated = practice.look("instruments", catalogue=rehearsed)
    rehearsed.close()
    assert missing.verdict == invented.verdict == "wrong" and simulated.verdict == "fine"
    assert missing.fix == invented.fix and missing.fix.startswith("flask --app app instruments refresh")
    assert "invented" in invented.summary and "none can be sent to Kite" in invented.why


def test_holidays_are_fine_a_month_ahead_and_otherwise_it_says_how_to_bring_the_next_year(practice):
    assert practice.look("holidays").verdict == "fine"
    practice.site.clock.at = datetime(2026, 12, 2, 9, 0, tzinfo=IST)
    line = practice.look("holidays")
    assert (line.verdict, line.summary) == ("care", "Holidays of the exchanges are known until 2026-12-31.")
    assert "MARKET_HOLIDAYS=2027-01-26,2027-03-22" in line.fix and "start the site again" in line.fix
    brought = practice.look("holidays", market_holidays=frozenset({date(2027, 1, 26)}))
    assert (brought.verdict, brought.summary) == (
        "fine",
        "Holidays of the exchanges are known until 2027-12-31.",
    )
    practice.site.clock.at = datetime(2027, 5, 1, 9, 0, tzinfo=IST)
    assert practice.look("holidays").verdict == "care"


def test_a_database_that_does_not_answer_is_wrong_and_its_password_is_not_told(practice):
    line = practice.look(
        "database", database_url=f"postgresql+psycopg://kite:{PASSWORD}@127.0.0.1:{free_port()}/kite"
    )
    assert (
        line.verdict == "wrong"
        and line.summary.startswith("postgresql does not answer: ")
        and PASSWORD not in str(line)
    )


def test_tables_of_another_release_are_wrong(practice, monkeypatch):
    monkeypatch.setattr(migrate, "head", lambda: "9999")
    line = practice.look("database")
    assert (
        line.verdict == "wrong"
        and "needs those of 9999" in line.summary
        and line.fix.startswith("flask --app app prepare")
    )


def test_redis_is_fine_while_it_answers_and_its_password_is_never_told(practice, tmp_path):
    server = RedisServer(tmp_path)
    with_password = server.url.replace("//", f"//:{PASSWORD}@")
    try:
        assert practice.look("Redis", redis_url=server.url).summary == "Redis answers."
        with redis.Redis.from_url(server.url) as client:
            client.config_set("requirepass", "another")
        refused = practice.look("Redis", redis_url=with_password)
    finally:
        server.stop()
    gone = practice.look("Redis", redis_url=with_password)
    assert refused.verdict == gone.verdict == "wrong" and PASSWORD not in f"{refused} {gone}"
    assert (
        refused.fix == "Put the right password into REDIS_URL."
        and gone.fix == "Start Redis, and look at REDIS_URL."
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("short", "has 5 characters"),
        ("ab" * 20, "is one piece repeated"),
        ("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbcccc", "3 different characters"),
        ("this-is-my-very-secret-key-0123456789-xyz", "looks like the value of an example"),
        pytest.param(
            API_SECRET, "is the API key or its secret", id="the API secret"
        ),  # made anew in every process
    ],
)
def test_a_secret_that_can_be_guessed_is_wrong_and_not_told(practice, value, words):
    line = practice.look("SECRET_KEY", secret_key=value)
    assert line.verdict == "wrong" and words in line.summary and "token_urlsafe" in line.fix
    assert value not in as_text({"SECRET_KEY": line})


def test_a_secret_that_others_may_read_is_wrong(practice, tmp_path):
    key_file = tmp_path / "secret_key"
    key_file.touch(0o644)
    line = practice.look("SECRET_KEY", mode=Mode.SIMULATOR, instance=tmp_path)
    assert line.verdict == "wrong" and line.fix == f"chmod 600 {key_file}"


def test_a_rotation_that_is_not_over_is_told(practice):
    assert practice.look("SECRET_KEY", secret_key_previous="x" * 40).verdict == "care"
