"""Every recorded answer of the API, compared with what the simulator answers: the same keys, and
values of the same kinds.

tests/responses/recorded holds the shapes. A key that some recorded rows have and others have not
may be missing here too; a key that no recorded row has may not appear.
"""

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kite.config import SimulatorSettings
from kite.simulator import create_simulator
from kite.simulator.core.context import EXTENSION
from kite.simulator.core.ledger_tables import postbacks
from kite.simulator.core.timestamps import milliseconds
from kite.simulator.orders.postbacks import Sender
from tests.simulator.account.test_margins import margin_request
from tests.support.simulator_rig import REDIRECT, Clock, Rig, close, item, query
from tests.support.wire import RESPONSES

RECORDED = {path.stem for path in (RESPONSES / "recorded").glob("*.json")}
SENT_BY_ITSELF = {"postback"}

NULLABLE = {
    "avatar_url",
    "exchange_order_id",
    "exchange_timestamp",
    "exchange_update_timestamp",
    "guid",
    "parent_order_id",
    "status_message",
    "status_message_raw",
    "tag",
}
"""What is text or null, whichever of the two the recorded rows happen to show."""

QUOTED = "i=NSE:INFY&i=NFO:NIFTY26NOVFUT"
COLUMNS = [
    "instrument_token",
    "exchange_token",
    "tradingsymbol",
    "name",
    "last_price",
    "expiry",
    "strike",
    "tick_size",
    "lot_size",
    "instrument_type",
    "segment",
    "exchange",
]


def kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return {str: "text", dict: "object", list: "list"}.get(type(value), "null")


def differences(values: list[Any], recorded: list[Any], where: str) -> list[str]:
    """Return what values have that recorded ones have not, and the other way round."""
    kinds = {kind(value) for value in recorded}
    if where.rpartition(".")[2] in NULLABLE:
        kinds |= {"null", "text"}
    problems = [
        f"{where}: {kind(value)}, not {sorted(kinds)}" for value in values if kind(value) not in kinds
    ]
    problems += differences_of_objects(objects_of(values), objects_of(recorded), where)
    rows, known_rows = rows_of(values), rows_of(recorded)
    if rows and known_rows:
        problems += differences(rows, known_rows, f"{where}[]")
    return problems


def differences_of_objects(
    objects: list[dict[str, Any]], known: list[dict[str, Any]], where: str
) -> list[str]:
    """Return the same for the fields of objects: which are unknown, which are missing, and their
    values.
    """
    names = {name for fields in known for name in fields}
    always = {name for name in names if all(name in fields for fields in known)}
    problems = [f"{where}.{name}: unknown" for fields in objects for name in fields if name not in names]
    problems += [f"{where}.{name}: missing" for fields in objects for name in always if name not in fields]
    for name in names:
        problems += differences(column(objects, name), column(known, name), f"{where}.{name}")
    return problems


def objects_of(values: list[Any]) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)]


def rows_of(values: list[Any]) -> list[Any]:
    return [row for value in values if isinstance(value, list) for row in value]


def column(objects: list[dict[str, Any]], name: str) -> list[Any]:
    return [fields[name] for fields in objects if name in fields]


def body_of(name: str) -> Any:
    return json.loads((RESPONSES / "recorded" / f"{name}.json").read_bytes())


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """A day on which orders ended in every way, and one waits.

    Nobody else looks in; what is left of it is its ledger.
    """
    settings = SimulatorSettings(
        api_key="simulator_key",
        redirect_url=REDIRECT,
        database=tmp_path_factory.mktemp("shapes") / "simulator.db",
        api_secret="simulator_secret",
    )
    clock = Clock()
    rig = Rig(create_simulator(settings, clock), clock, settings)
    rig.log_in()
    option = item("NIFTY26NOV25500CE", exchange="NFO", product="NRML", quantity=75)
    rig.place(
        [item(tag="abc 123"), item("SIMREJECT"), item("SIMCANCEL"), item("SIMPARTIAL"), item("SIMOPEN")]
    )
    rig.place(
        [
            item("SBIN", product="MIS", transaction_type="SELL"),
            option,
            item("TCS", variety="co", product="MIS", trigger_price=3000),
        ]
    )
    rig.clock.forward(seconds=3)
    close(rig.app)
    return rig


@pytest.fixture
def day(played: Rig, settings: SimulatorSettings) -> Iterator[Rig]:
    """That day, on a copy of its ledger."""
    shutil.copy(played.settings.database, settings.database)
    clock = Clock(played.clock())
    rig = Rig(create_simulator(settings, clock), clock, settings, dict(played.authorization))
    yield rig
    close(rig.app)


def get(path: str) -> Callable[[Rig], Any]:
    return lambda rig: rig.call("GET", path)


def of_first_order(path: str) -> Callable[[Rig], Any]:
    return lambda rig: rig.call("GET", path.format(rig.orders()[0]["order_id"]))


def ask(path: str, **fields: Any) -> Callable[[Rig], Any]:
    return lambda rig: rig.call(
        "POST", path, json=[margin_request(**fields), margin_request("SBIN", product="MIS", **fields)]
    )


def log_in(rig: Rig) -> Any:
    return rig.exchange(query(rig.web.post("/connect/login", data={"decision": "approve"}))["request_token"])


def log_out(rig: Rig) -> Any:
    tokens = {"api_key": rig.settings.api_key, "access_token": rig.log_in()["access_token"]}
    return rig.web.delete("/session/token", query_string=tokens)


def convert(rig: Rig) -> Any:
    moved = {
        "exchange": "NSE",
        "tradingsymbol": "SBIN",
        "transaction_type": "SELL",
        "position_type": "day",
        "quantity": 10,
    }
    return rig.call("PUT", "/portfolio/positions", data=moved | {"old_product": "MIS", "new_product": "CNC"})


def place(rig: Rig, **fields: Any) -> Any:
    order = {
        "tradingsymbol": "INFY",
        "exchange": "NSE",
        "transaction_type": "BUY",
        "order_type": "LIMIT",
        "quantity": 1,
        "product": "CNC",
    }
    return rig.call("POST", "/orders/regular", data=order | {"price": 1000, "validity": "DAY"} | fields)


def with_open_order(method: str, **fields: Any) -> Callable[[Rig], Any]:
    def answer(rig: Rig) -> Any:
        order_id = place(rig).get_json()["data"]["order_id"]
        rig.clock.forward(seconds=1)
        return rig.call(method, f"/orders/regular/{order_id}", data=fields)

    return answer


def slice_up(rig: Rig) -> Any:
    contract = {"tradingsymbol": "NIFTY26NOVFUT", "exchange": "NFO", "product": "NRML", "price": 26000}
    return place(rig, **contract, quantity=5400, autoslice="true")


ANSWERS: dict[str, Callable[[Rig], Any]] = {
    "auctions_list": get("/portfolio/holdings/auctions"),
    "autoslice_response": slice_up,
    "basket_margins": ask("/margins/basket"),
    "convert_position": convert,
    "generate_session": log_in,
    "holdings": get("/portfolio/holdings"),
    "holdings_auth": lambda rig: rig.call("POST", "/portfolio/holdings/authorise"),
    "ltp": get(f"/quote/ltp?{QUOTED}"),
    "margin_commodity": get("/user/margins/commodity"),
    "margins": get("/user/margins"),
    "margins_equity": get("/user/margins/equity"),
    "ohlc": get(f"/quote/ohlc?{QUOTED}"),
    "order_cancel": with_open_order("DELETE"),
    "order_info": of_first_order("/orders/{}"),
    "order_margins": ask("/margins/orders"),
    "order_modify": with_open_order("PUT", price=1001),
    "order_response": place,
    "order_trades": of_first_order("/orders/{}/trades"),
    "orders": get("/orders"),
    "positions": get("/portfolio/positions"),
    "profile": get("/user/profile"),
    "quote": get(f"/quote?{QUOTED}"),
    "session_logout": log_out,
    "trades": get("/trades"),
    "trigger_range": get(f"/instruments/trigger_range/buy?{QUOTED}"),
    "virtual_contract_note": ask("/charges/orders", average_price=560.5),
}
"""How each recorded answer is margin_request for."""

BY_KEY = {"ltp", "ohlc", "quote", "trigger_range"}
"""Answers that go by "EXCHANGE:SYMBOL": there the keys are data and no names."""


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_answer_has_the_recorded_shape(day: Rig, name: str) -> None:
    answer = ANSWERS[name](day)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    answered, recorded = answer.get_json(), body_of(name)
    assert differences([answered["status"]], [recorded["status"]], "status") == []
    if name in BY_KEY:
        answered, recorded = ({"data": list(body["data"].values())} for body in (answered, recorded))
    assert differences([answered["data"]], [recorded["data"]], "data") == []


def test_postbacks_have_the_recorded_shape(day: Rig) -> None:
    services = day.app.extensions[EXTENSION]
    sender = Sender(day.settings, services.ledger, services.now)
    with services.ledger.write() as connection:
        sender._gather(connection, milliseconds(services.now()))
        queued = [
            json.loads(text)
            for text in connection.scalars(postbacks.select().with_only_columns(postbacks.c.body))
        ]
    assert {body["status"] for body in queued} == {"COMPLETE", "CANCELLED", "REJECTED", "UPDATE"}
    assert differences(queued, [body_of("postback")], "postback") == []


def test_every_recorded_answer_is_held_against_the_simulator() -> None:
    assert set(ANSWERS) == RECORDED - SENT_BY_ITSELF


@pytest.mark.kite("6.1.3")
def test_instruments_have_the_recorded_columns(rig: Rig) -> None:
    for path in ("/instruments", "/instruments/NSE"):
        assert next(csv.reader(io.StringIO(rig.web.get(path).text))) == COLUMNS
