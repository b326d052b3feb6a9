"""Every kind of refusal, met as a person meets it: on a receipt, after an act, or at the return,
with what to do next.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from html import unescape

import pytest

from kite.offsite.base.reason_codes import ReasonCode
from kite.simulator.core.scripted_symbols import REFUSED, SCRIPTS
from kite.simulator.core.sessions import USER_ID
from kite.simulator.exchange.refusals import CAUSES, EARLIER_NAMES
from kite.simulator.orders import modify as changing
from kite.simulator.orders.modify import Target
from kite.vocabulary import IST
from kite.web.wording.kite_messages import WORDS, ExplainedRefusal, explain
from tests.support.fault_journey import control, placed, simulator_services
from tests.support.site import Site, Visitor

OWN_NAMES = {"rms": ReasonCode.OUTSIDE_CIRCUIT, "cover_margin": ReasonCode.INSUFFICIENT_FUNDS}
"""Causes that are named after what refuses; all others are named after their code."""

OPEN = {"order_type": "LIMIT", "price": "1300"}


def code_of_cause(cause: str) -> ReasonCode:
    return OWN_NAMES.get(cause) or ReasonCode(EARLIER_NAMES.get(cause, cause))


@dataclass
class Rehearsal:
    """A person at a site who is refused in every way there is.

    `met` are the kinds that they have read of.
    """

    site: Site
    person: Visitor
    met: set[ReasonCode] = field(default_factory=set)

    def explained(self, message: str | None, raw: str | None = None, error: str = "") -> ExplainedRefusal:
        with self.site.app.test_request_context():
            explained = explain(message, raw, error)
        assert explained
        return explained

    def page(self, execution_id: str) -> str:
        return unescape(self.person.get(f"/executions/{execution_id}", status=200).text)

    def settled(self, execution_id: str, seconds: int = 3) -> list[dict[str, object]]:
        self.site.clock.advance(seconds)
        return list(self.person.receipt(execution_id)["items"])  # type: ignore[call-overload]

    def refused(self, *items: dict[str, str], **edits: str) -> list[ExplainedRefusal]:
        """Place a basket of which nothing is filled; read of each line why, what to do next, and
        Kite's own words.
        """
        execution_id = self.person.compose(*items)
        self.person.get(self.person.place(execution_id, **edits), status=303)
        results = self.settled(execution_id)
        assert {item["outcome"] for item in results} <= {"rejected", "cancelled"}, results
        orders = {
            order["tradingsymbol"]: order
            for order in placed(self.site, str(self.person.receipt(execution_id)["tag"]))
        }
        page = self.page(execution_id)
        return [self.read(page, orders[str(item["tradingsymbol"])]) for item in results]

    def read(self, page: str, order: dict[str, str]) -> ExplainedRefusal:
        """Read one line of a receipt: the sentence and the next step below it, and Kite's two texts
        within it.
        """
        line = page.partition(f'<span class="name"><b>{order["tradingsymbol"]}</b>')[2].partition(
            '<span class="name">'
        )[0]
        explained = self.explained(order["status_message"], order["status_message_raw"])
        assert (
            f'<span class="why">{explained.sentence}</span><span class="next">{explained.next}</span>' in line
        )
        for text in (order["status_message"], order["status_message_raw"]):
            assert f'<p class="raw">{" ".join(text.split())}' in " ".join(line.split()), line
        self.met.add(explained.code)
        return explained

    def act(self, execution_id: str, act: str, **fields: str) -> str:
        """Act on an order; return the receipt that follows.

        A session that is over leads through Kite's login.
        """
        answer = self.person.post(f"/executions/{execution_id}/orders/{act}", status=303, **fields)
        if "/connect/login" in answer.location:
            answer = self.person._followed(
                self.person._press(self.person._followed(answer), decision="approve")
            )
        return self.page(execution_id)

    def refused_act(self, execution_id: str, act: str, message: str, error: str, **fields: str) -> None:
        """Read at the top of a receipt why Kite refused an act."""
        page = self.act(execution_id, act, **fields)
        explained = self.explained(message, error=error)
        assert f"<p>{explained.sentence} {explained.next} Kite’s own words: {message}</p>" in page
        self.met.add(explained.code)


@pytest.fixture
def rehearsal(site: Site) -> Rehearsal:
    return Rehearsal(site, site.visitor())


def tens(symbols: Collection[str]) -> Iterator[list[dict[str, str]]]:
    """Baskets of at most ten orders."""
    rows = [{"tradingsymbol": symbol, "quantity": "10"} for symbol in symbols]
    yield from (rows[first : first + 10] for first in range(0, len(rows), 10))


def by_symbol(rehearsal: Rehearsal) -> None:
    """Every symbol that is scripted to be refused."""
    symbols = {
        symbol: script.cause or "insufficient_funds"
        for symbol, script in SCRIPTS.items()
        if script.cause or script.no_funds
    }
    assert set(REFUSED) < set(symbols)
    for basket in tens(symbols):
        codes = [explained.code for explained in rehearsal.refused(*basket)]
        assert codes == [code_of_cause(symbols[row["tradingsymbol"]]) for row in basket]


def by_cause(rehearsal: Rehearsal) -> None:
    """Every cause that can be switched on, for a share that is not scripted."""
    for cause in CAUSES:
        control(rehearsal.site, {"action": "set", "fault": "order_rejected", "cause": cause})
        (explained,) = rehearsal.refused({"tradingsymbol": "INFY"})
        assert explained.code == code_of_cause(cause), cause
    control(rehearsal.site, {"action": "reset"})


def after_an_act(rehearsal: Rehearsal) -> None:
    """What Kite refuses when an order is changed or cancelled."""
    execution_id = rehearsal.person.buy(OPEN)
    ((order_id,),) = [item["order_ids"] for item in rehearsal.settled(execution_id)]
    cancel, modify = f"{order_id}/cancel", f"{order_id}/modify"
    refusals = (
        ("address_not_allowed", "IP not allowed to place orders for this app", "PermissionException"),
        ("publisher_key", "Insufficient permission for that call.", "PermissionException"),
        ("rate_limited", "Too many requests", "NetworkException"),
        ("unavailable", "The order system is not reachable.", "NetworkException"),
        ("token_dead", "Incorrect `api_key` or `access_token`.", "TokenException"),
    )
    for press, (fault, message, error) in enumerate(refusals):
        control(
            rehearsal.site,
            {"action": "set", "fault": fault, "uses": 1, "path": "/orders/regular"}
            if fault != "publisher_key"
            else _once(fault),
        )
        rehearsal.refused_act(execution_id, cancel, message, error, press=str(press))
    control(rehearsal.site, {"action": "reset"})
    for number in range(25):
        rehearsal.act(
            execution_id, modify, press=str(len(refusals) + number), price=f"13{number + 10}", quantity="10"
        )
        rehearsal.site.clock.advance(1)
    rehearsal.refused_act(
        execution_id,
        modify,
        "Maximum allowed order modifications exceeded.",
        "OrderException",
        press=str(len(refusals) + 25),
        price="1299",
        quantity="10",
    )
    _end_at_kite(rehearsal, execution_id)
    rehearsal.refused_act(
        execution_id,
        cancel,
        "Order cannot be cancelled. It is CANCELLED.",
        "OrderException",
        press=str(len(refusals) + 26),
    )


def _once(fault: str) -> dict[str, object]:
    return {"action": "set", "fault": fault, "uses": 1}


def _end_at_kite(rehearsal: Rehearsal, execution_id: str) -> None:
    """Cancel a basket's order at Kite itself; the site does not hear of it yet."""
    simulator = simulator_services(rehearsal.site)
    (order,) = placed(rehearsal.site, str(rehearsal.person.receipt(execution_id)["tag"]))
    with simulator.ledger.write() as connection:
        changing.cancel(
            connection, simulator.market, Target(USER_ID, "regular", order["order_id"], simulator.at())
        )
    rehearsal.site.clock.advance(0.5)


def at_the_return(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Kite refuses when a return is exchanged for a session."""
    control(rehearsal.site, _once("exchange_refused"))
    returned_to(rehearsal, ReasonCode.USER_NOT_ENABLED, "The user is not enabled for the app.")
    monkeypatch.setattr(rehearsal.site.services.connect, "_api_secret", "wrong")
    returned_to(rehearsal, ReasonCode.KEY_NOT_VALID, "Invalid `checksum`.")
    monkeypatch.undo()


def returned_to(rehearsal: Rehearsal, code: ReasonCode, own: str) -> None:
    """Come back from Kite, and read why the return could not be exchanged."""
    person = rehearsal.site.visitor()
    answer = person.get(person.place(person.compose({})), status=303)
    page = unescape(person.get(answer.location).text)
    assert f"<p>{WORDS[code].sentence} {WORDS[code].next}</p>" in page
    assert f'<p class="raw">{own}</p>' in page
    rehearsal.met.add(code)


def at_the_close(rehearsal: Rehearsal) -> None:
    """What the exchange cancels when its market closes. It is 15:29 on a Friday."""
    rehearsal.site.clock.at = datetime(2026, 11, 20, 15, 29, tzinfo=IST)
    control(rehearsal.site, {"action": "switch", "name": "market_hours", "value": "on"})
    execution_id = rehearsal.person.buy(OPEN)
    (item,) = rehearsal.settled(execution_id, seconds=120)
    assert item["outcome"] == "cancelled"
    (order,) = placed(rehearsal.site, str(rehearsal.person.receipt(execution_id)["tag"]))
    assert rehearsal.read(rehearsal.page(execution_id), order).code is ReasonCode.NOT_FILLED_IN_TIME
    control(rehearsal.site, {"action": "reset"})


def test_one_journey_meets_every_kind_of_refusal(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_symbol(rehearsal)
    by_cause(rehearsal)
    after_an_act(rehearsal)
    at_the_return(rehearsal, monkeypatch)
    at_the_close(rehearsal)
    assert rehearsal.met == set(ReasonCode)


SIMULATORS_OWN = [
    (
        {"tradingsymbol": "INFY", "quantity": "9000000"},
        {},
        (),
        ReasonCode.INSUFFICIENT_FUNDS,
        r"Short of ₹[\d,]+\.\d\d margin\.",
    ),
    (
        {"transaction_type": "SELL", "quantity": "15"},
        {},
        ("strict_holdings",),
        ReasonCode.INSUFFICIENT_HOLDINGS,
        r"You hold 10, not 15\.",
    ),
    (
        {"transaction_type": "SELL"},
        {},
        ("authorised_sales",),
        ReasonCode.SALE_NOT_AUTHORISED,
        r"This sale isn’t authorised \(CDSL TPIN\)\.",
    ),
    (OPEN, {"items__0__price": "1300.03"}, (), ReasonCode.NOT_ON_TICK, r"Prices move in steps of 0\.10\."),
    (
        {"tradingsymbol": "NIFTY26DECFUT", "exchange": "NFO", "quantity": "75", "product": "NRML"},
        {"items__0__quantity": "76"},
        (),
        ReasonCode.NOT_IN_LOTS,
        r"Comes in lots of 75\.",
    ),
    (
        {"order_type": "SL", "price": "1500", "trigger_price": "1490"},
        {"items__0__price": "1480"},
        (),
        ReasonCode.TRIGGER_PRICE,
        r"Kite didn’t take this trigger price\.",
    ),
]
"""An order, what is edited on Kite's page, switches, and how the simulator's own words about it are
told.
"""


@pytest.mark.parametrize(
    ("item", "edits", "switches", "code", "sentence"),
    SIMULATORS_OWN,
    ids=[str(case[3]) for case in SIMULATORS_OWN],
)
def test_what_the_simulator_refuses_by_its_own_rules_is_told_with_its_figures(
    rehearsal: Rehearsal,
    item: dict[str, str],
    edits: dict[str, str],
    switches: tuple[str, ...],
    code: ReasonCode,
    sentence: str,
) -> None:
    control(rehearsal.site, *({"action": "switch", "name": name, "value": "on"} for name in switches))
    (explained,) = rehearsal.refused(item, **edits)
    assert explained.code is code
    assert re.fullmatch(sentence, explained.sentence), explained.sentence


@pytest.mark.parametrize(
    ("at", "variety", "switch", "code"),
    [
        (datetime(2026, 11, 20, 20, 0, tzinfo=IST), "regular", "market_hours", ReasonCode.MARKET_CLOSED),
        (datetime(2026, 11, 21, 11, 0, tzinfo=IST), "regular", "market_hours", ReasonCode.MARKET_CLOSED),
        (datetime(2026, 11, 20, 11, 0, tzinfo=IST), "amo", "amo_windows", ReasonCode.AMO_HOURS),
    ],
)
def test_an_order_at_the_wrong_hour_is_told_so(
    rehearsal: Rehearsal, at: datetime, variety: str, switch: str, code: ReasonCode
) -> None:
    rehearsal.site.clock.at = at
    control(rehearsal.site, {"action": "switch", "name": switch, "value": "on"})
    (explained,) = rehearsal.refused({"variety": variety})
    assert explained.code is code


def test_an_order_that_works_on_is_given_no_advice_to_order_again(rehearsal: Rehearsal) -> None:
    """New terms that the order system refuses leave their reason on an order that is open all the
    same.
    """
    execution_id = rehearsal.person.buy(OPEN)
    ((order_id,),) = [item["order_ids"] for item in rehearsal.settled(execution_id)]
    _modify_at_kite(rehearsal, order_id, price="1300.03")
    (item,) = rehearsal.settled(execution_id)
    assert item["outcome"] == "open"
    page = rehearsal.page(execution_id)
    assert '<span class="why">Prices move in steps of 0.10.</span>' in page
    assert 'class="next"' not in page


def _modify_at_kite(rehearsal: Rehearsal, order_id: str, **fields: str) -> None:
    simulator = simulator_services(rehearsal.site)
    with simulator.ledger.write() as connection:
        changes = {name: Decimal(text) for name, text in fields.items()}
        changing.modify(
            connection, simulator.market, Target(USER_ID, "regular", order_id, simulator.at()), changes
        )
