import os
import subprocess
import sys
from dataclasses import FrozenInstanceError
from datetime import date, timedelta
from pathlib import Path

import pytest

from kite.config import ROOT, SECRETS, Settings, SimulatorSettings
from kite.exceptions import ConfigError
from kite.vocabulary import Mode
from tests.support.processes import started_together

SECRET_KEY = "a-secret-key-of-more-than-32-characters"
LIVE = {
    "KITE_API_KEY": "abcd1234efgh5678",
    "PUBLIC_URL": "https://basket.example.com",
    "SECRET_KEY": SECRET_KEY,
}


@pytest.fixture
def read(tmp_path: Path):
    """Read the settings of a site whose instance is a folder of its own."""
    return lambda **environ: Settings.from_env({"INSTANCE_PATH": str(tmp_path)} | environ)


def refusal(read, **environ: str) -> str:
    with pytest.raises(ConfigError) as refused:
        read(**environ)
    assert refused.value.__cause__ is None
    return str(refused.value)


def test_without_a_key_the_site_runs_with_its_own_simulator(read, tmp_path):
    settings = read()
    assert settings.mode is Mode.SIMULATOR
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.web_root == settings.api_root == "http://127.0.0.1:8000/simulator"
    assert settings.simulator.redirect_url == "http://127.0.0.1:8000/redirect"
    assert (settings.api_key, settings.api_secret) == ("simulator_key", "simulator_secret")
    assert settings.database_url == f"sqlite:///{tmp_path}/kite.db"
    assert (settings.missing_after, settings.unknown_after) == (timedelta(seconds=60), timedelta(minutes=30))


def test_a_key_alone_makes_publisher_mode(read):
    settings = read(**LIVE)
    assert settings.mode is Mode.PUBLISHER
    assert (settings.web_root, settings.api_root) == ("https://kite.zerodha.com", "https://api.kite.trade")
    assert settings.simulator is None


def test_key_and_secret_make_connect_mode(read):
    settings = read(**LIVE, KITE_API_SECRET="kite-secret")
    assert settings.mode is Mode.CONNECT
    assert settings.api_secret == "kite-secret"


def test_settings_of_a_running_site_cannot_change(read):
    with pytest.raises(FrozenInstanceError):
        read().api_key = "another"


def test_port_moves_the_public_address(read):
    assert read(PORT="9000").public_url == "http://127.0.0.1:9000"


def test_simulator_alone_listens_on_8001_and_returns_to_the_site(tmp_path):
    settings = SimulatorSettings.from_env({"INSTANCE_PATH": str(tmp_path)})
    assert (settings.port, settings.redirect_url) == (8001, "http://127.0.0.1:8000/redirect")
    assert settings.postback_url == ""


@pytest.mark.parametrize(
    ("variables", "posts_to"),
    [
        ({}, "http://127.0.0.1:8000/postback"),
        ({"SIMULATOR_POSTBACK_URL": "none"}, ""),
        ({"SIMULATOR_POSTBACK_URL": "http://127.0.0.1:9/p"}, "http://127.0.0.1:9/p"),
    ],
)
def test_own_simulator_posts_order_updates_to_the_site_unless_told_otherwise(read, variables, posts_to):
    assert read(**variables).simulator.postback_url == posts_to


@pytest.mark.parametrize(
    "public_url",
    [
        "https://basket.example.com",
        "http://192.168.1.5:8000",
        "http://0.0.0.0:8000",
        "http://localhost.example.com",
    ],
)
def test_public_site_without_a_key_does_not_start(read, public_url):
    message = refusal(read, PUBLIC_URL=public_url)
    assert message.startswith("KITE_API_KEY is not set")
    assert public_url in message and "SIMULATOR_PUBLIC=1" in message


@pytest.mark.parametrize(
    "public_url",
    ["http://localhost:8000", "http://127.0.0.2", "http://[::1]:8000", "http://basket.localhost"],
)
def test_own_machine_needs_no_key(read, public_url):
    assert read(PUBLIC_URL=public_url).mode is Mode.SIMULATOR


def test_public_demonstration_is_allowed_in_so_many_words(read):
    assert read(PUBLIC_URL="https://demo.example.com", SIMULATOR_PUBLIC="1").mode is Mode.SIMULATOR


@pytest.mark.parametrize(
    ("name", "value", "shown_value"),
    [
        ("PORT", "eighty", "'eighty'"),
        ("PORT", "0", "'0'"),
        ("PORT", "65536", "'65536'"),
        ("PORT", "9" * 5000, "'999"),
        ("PORT", "٨٠", "'٨٠'"),
        ("KITE_BASKET_MAX_ITEMS", "0", "'0'"),
        ("KITE_BASKET_MAX_ITEMS", "101", "'101'"),
        ("TRUSTED_PROXIES", "-1", "'-1'"),
        ("MISSING_AFTER", "1.5", "'1.5'"),
        ("UNKNOWN_AFTER", "0", "'0'"),
        ("PRICE_FAR_PERCENT", "0", "'0'"),
        ("PRICE_FAR_PERCENT", "20 %", "'20 %'"),
        ("SIMULATOR_PUBLIC", "yes", "'yes'"),
        ("PUBLIC_URL", "basket.example.com", "'basket.example.com'"),
        ("PUBLIC_URL", "ftp://127.0.0.1", "'ftp://127.0.0.1'"),
        ("PUBLIC_URL", "http://127.0.0.1:8000/basket", "'http://127.0.0.1:8000/basket'"),
        ("PUBLIC_URL", "http://127.0.0.1:8000?a=b", "'http://127.0.0.1:8000?a=b'"),
        ("PUBLIC_URL", "http://127.0.0.1:port", "'http://127.0.0.1:port'"),
        ("PUBLIC_URL", "http://my basket", "'http://my basket'"),
        ("PUBLIC_URL", "http://[::1", "'http://[::1'"),
        ("KITE_WEB_ROOT", "kite", "'kite'"),
        ("KITE_API_ROOT", "//api.kite.trade", "'//api.kite.trade'"),
        ("SIMULATOR_REDIRECT_URL", "/redirect", "'/redirect'"),
        ("SECRET_KEY", "short", "5 characters"),
        ("SECRET_KEY_PREVIOUS", "short", "5 characters"),
        ("DATABASE_URL", "mysql://localhost/kite", "'mysql'"),
        ("DATABASE_URL", "postgresql://kite@localhost:port/kite", "'postgresql'"),
        ("DATABASE_URL", "sqlite://kite.db", "'sqlite'"),
        ("DATABASE_URL", "sqlite:///:memory:", "'sqlite'"),
        ("DATABASE_URL", "kite.db", "no address"),
        ("KITE_API_KEY", "'abcd'", "a character"),
        ("SIMULATOR_API_KEY", "a:b", "a character"),
        ("KITE_API_SECRET", "secret-without-key", "KITE_API_KEY is not"),
        ("KITE_API_SECRET_FILE", "/nowhere/at/all", "'/nowhere/at/all'"),
    ],
)
def test_wrong_setting_is_refused_by_its_name_with_what_was_seen_and_an_example(
    read, name, value, shown_value
):
    message = refusal(read, **{name: value})
    assert message.startswith(name)
    assert shown_value in message
    assert "xample" in message or "python3 -c" in message


@pytest.mark.parametrize("missing", ["SECRET_KEY", "PUBLIC_URL"])
def test_live_site_needs_its_secret_key_and_may_not_be_plain_http(read, missing):
    environ = {name: value for name, value in LIVE.items() if name != missing}
    if missing == "PUBLIC_URL":
        environ["PUBLIC_URL"] = "http://basket.example.com"
    assert refusal(read, **environ).startswith(missing)


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_secret_is_read_from_a_file(read, tmp_path, name):
    value = {
        "DATABASE_URL": "postgresql+psycopg://kite:pass@localhost/kite",
        "REDIS_URL": "redis://:pass@cache:6379/0",
    }.get(name, f"{name}-{SECRET_KEY}")
    (tmp_path / "file").write_text(f"{value}\n")
    settings = read(**{f"{name}_FILE": str(tmp_path / "file")} | ({} if name != "KITE_API_SECRET" else LIVE))
    field = "api_secret" if "API_SECRET" in name else name.lower()
    assert getattr(settings, field) == value
    assert value not in repr(settings)


def test_secret_in_two_places_is_refused(read, tmp_path):
    (tmp_path / "file").write_text(SECRET_KEY)
    assert "are both set" in refusal(read, SECRET_KEY=SECRET_KEY, SECRET_KEY_FILE=str(tmp_path / "file"))


def test_empty_secret_file_never_turns_connect_mode_into_another(read, tmp_path):
    (tmp_path / "file").write_text("\n")
    message = refusal(read, **LIVE, KITE_API_SECRET_FILE=str(tmp_path / "file"))
    assert message.startswith("KITE_API_SECRET_FILE") and "empty" in message


def test_unreadable_secret_is_not_shown(read, tmp_path):
    (tmp_path / "file").write_bytes(b"hunter2\xff")
    with pytest.raises(ConfigError) as refused:
        read(SECRET_KEY_FILE=str(tmp_path / "file"))
    assert "hunter2" not in f"{refused.value!r} {refused.value.__cause__!r}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hunter2"),
        ("DATABASE_URL", "hunter2"),
        ("REDIS_URL", "hunter2"),
        ("REDIS_URL", "amqp://kite:hunter2@localhost"),
        ("DATABASE_URL", "kite:hunter2@localhost/kite"),
        ("DATABASE_URL", "postgresql://kite:hunter2@localhost:port/kite"),
        ("KITE_API_SECRET", "hunter2"),
        ("KITE_API_KEY", "hunter2!"),
        ("PUBLIC_URL", "https://kite:hunter2@basket.example.com"),
        ("KITE_API_ROOT", "https://kite:hunter2@api.example.com"),
    ],
)
def test_secret_is_in_no_refusal(read, name, value):
    assert "hunter2" not in refusal(read, **{name: value})


def test_no_secret_is_in_the_settings_text(read):
    secrets = {
        "KITE_API_SECRET": "hunter2",
        "DATABASE_URL": "postgresql://kite:hunter2@db/kite",
        "REDIS_URL": "redis://:hunter2@cache",
    }
    live = read(**LIVE, **secrets, SECRET_KEY_PREVIOUS=SECRET_KEY[::-1])
    simulating = read(SIMULATOR_API_SECRET="hunter2")
    for text in (repr(live), str(live), repr(simulating), repr(simulating.simulator)):
        assert "hunter2" not in text and SECRET_KEY not in text and SECRET_KEY[::-1] not in text
    assert simulating.secret_key not in repr(simulating)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://Basket.Example.com/", "https://basket.example.com"),
        ("https://basket.example.com:443", "https://basket.example.com"),
        ("https://basket.example.com:8443", "https://basket.example.com:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_public_address_is_kept_as_browsers_send_it(read, text, address):
    assert read(**LIVE | {"PUBLIC_URL": text}).public_url == address


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("sqlite:///other/kite.db", f"sqlite:///{ROOT}/other/kite.db"),
        ("sqlite:////var/lib/kite.db", "sqlite:////var/lib/kite.db"),
        ("postgres://kite@localhost/kite", "postgresql+psycopg://kite@localhost/kite"),
        ("postgresql://kite:p%40ss/w@[::1]:5432/kite", "postgresql+psycopg://kite:p%40ss/w@[::1]:5432/kite"),
        (
            "postgresql+psycopg:///kite?host=/run/postgresql",
            "postgresql+psycopg:///kite?host=/run/postgresql",
        ),
    ],
)
def test_database_is_named_in_the_one_form_that_the_store_takes(read, text, url):
    assert read(DATABASE_URL=text).database_url == url


def test_many_processes_that_start_together_share_one_secret(tmp_path):
    program = "from kite.config import Settings; print(Settings.from_env().secret_key)"
    environ = {"INSTANCE_PATH": str(tmp_path / "instance"), "PATH": os.environ["PATH"]}
    options = {"cwd": ROOT, "env": environ, "stdout": subprocess.PIPE, "text": True}
    with started_together(8, [sys.executable, "-c", program], **options) as processes:
        outputs = {process.communicate()[0].strip() for process in processes}
    assert len(outputs) == 1
    assert len(outputs.pop()) >= 32
    files = list((tmp_path / "instance").iterdir())
    assert [path.name for path in files] == ["secret_key"]
    assert files[0].stat().st_mode & 0o777 == 0o600


def test_damaged_secret_stops_the_start(read, tmp_path):
    (tmp_path / "secret_key").touch()
    message = refusal(read)
    assert message.startswith("INSTANCE_PATH") and "secret_key holds no secret" in message


def test_instance_that_cannot_be_written_stops_the_start(read, tmp_path):
    (tmp_path / "file").touch()
    assert refusal(read, INSTANCE_PATH=str(tmp_path / "file" / "instance")).startswith("INSTANCE_PATH")


@pytest.mark.parametrize("path", ["/", "/redirect/", "/Redirect", "/kite/back"])
def test_the_registered_address_of_the_simulator_counts_as_it_is_written(tmp_path, path):
    settings = Settings.from_env(
        {"INSTANCE_PATH": str(tmp_path), "SIMULATOR_REDIRECT_URL": f"HTTP://127.0.0.1:8000{path}"}
    )
    assert settings.simulator.redirect_url == f"http://127.0.0.1:8000{path}"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", []),
        ("2027-01-26", [(1, 26)]),
        ("2027-01-26,2027-03-22", [(1, 26), (3, 22)]),
        (" 2027-01-26\n2027-03-22; 2027-01-26,", [(1, 26), (3, 22)]),
    ],
)
def test_holidays_are_days_with_commas_or_blanks_between_them(read, text, days):
    assert read(MARKET_HOLIDAYS=text).market_holidays == {date(2027, month, day) for month, day in days}


@pytest.mark.parametrize("text", ["26 January", "2027-02-29", "2027-01-26,Holi", "26/01/2027"])
def test_a_holiday_that_is_no_day_stops_the_start(read, text):
    message = refusal(read, MARKET_HOLIDAYS=text)
    assert message.startswith("MARKET_HOLIDAYS holds ") and message.endswith(
        "which is no day. Example: MARKET_HOLIDAYS=2027-01-26,2027-03-22"
    )
