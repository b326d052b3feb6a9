"""The order line over a list of the size and shape of Kite's: every sentence gives an order or a
reason.

`make test` runs a few hundred sentences, the same ones every time; `make soak` 2,500 times SOAK
others, which is 50,000.
"""

import secrets
from urllib.parse import parse_qsl

import pytest

from kite.instruments import download
from kite.instruments.catalogue_writer import load
from kite.instruments.search import nearest, search
from kite.web.composer.row_fields import NEW_ROW
from tests.support.clock import Clock
from tests.support.forms import buttons, by_id, controls, text
from tests.support.fuzzing import SOAK
from tests.support.kites_list import ROWS, TODAY, as_csv
from tests.support.sentences import writer
from tests.support.site import HOST, Site
from tests.web.composer.test_compose import rows_of

SENTENCES = 216 if SOAK == 1 else 2_500
NEVER = ("NCO", "NSEIX")


class Line:
    """The order line of one browser; what is typed goes through the page and comes back as a
    page.
    """

    def __init__(self, site):
        self.client = site.app.test_client()
        self.token = dict(controls(self.client.get("/", base_url=HOST).text))["csrf_token"]

    def type(self, sentence):
        """Type a sentence; return the rows that came of it, the reasons, and the whole page."""
        fields = {"action": "add", "order_line": sentence, "csrf_token": self.token}
        answer = self.client.post("/", data=fields, base_url=HOST, headers={"Origin": HOST})
        assert answer.status_code == 200, f"{answer.status_code} for {sentence!r}"
        rows = rows_of(answer.text)
        return [] if rows == [NEW_ROW] else rows, text(by_id(answer.text, "order_line-error")), answer.text


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sentences")
    site = Site(folder, Clock())
    assert site.clock().date() == TODAY
    (folder / "list.csv").write_bytes(as_csv())
    with download.rows(str(folder / "list.csv")) as listed:
        loaded = load(site.services.catalogue.path, listed, site.clock())
    assert loaded.count + sum(loaded.left_out.values()) == ROWS and set(loaded.left_out) == set(NEVER)
    typed = Line(site)
    typed.catalogue = site.services.catalogue
    yield typed
    site.close()


@pytest.mark.parametrize("share", range(SOAK))
def test_every_sentence_is_an_order_or_a_reason(line, share):
    seed = share if SOAK == 1 else secrets.randbits(32)
    for sentence in writer(seed).sentences(SENTENCES):
        rows, why, page = line.type(sentence.text)
        assert rows or why, f"neither an order nor a reason: {sentence.text!r}"
        assert not (sentence.refused and rows), f"{sentence.text!r} became {rows}"
        assert not sentence.row or (rows and sentence.row.items() <= rows[-1].items()), (
            f"{sentence.text!r} became {rows} ({why})"
        )
        assert not any(row["exchange"] in NEVER for row in rows)
        assert not any(f"exchange={exchange}" in action for action in buttons(page) for exchange in NEVER), (
            sentence.text
        )


@pytest.mark.parametrize(
    ("sentence", "symbol", "exchange", "quantity"),
    [
        ("buy 2 lots vanalata-sm", "VANALATA-SM", "NSE", "2400"),
        ("sell 1 lot of DHRUVTAL-ST", "DHRUVTAL-ST", "NSE", "3000"),
        ("buy 3 lots nse:nilambar-re-st @ 61.05", "NILAMBAR-RE-ST", "NSE", "6000"),
        ("buy 2 lots 364d110227-tb", "364D110227-TB", "NSE", "200"),
        ("buy 1 lot gold dec fut", "GOLD26DECFUT", "MCX", "1"),
        ("sell 2 lots crudeoilm26decfut", "CRUDEOILM26DECFUT", "MCX", "2"),
        ("buy 1 silver feb 2027 150000 ce", "SILVER27FEB150000CE", "MCX", "1"),
        ("buy 1 lot tatasteel dec 187.5 ce", "TATASTEEL26DEC187.5CE", "NFO", "2750"),
        ("sell 1 lot nifty 8 dec 26000 ce", "NIFTY26D0826000CE", "NFO", "65"),
        ("sell 65 nifty26d1526000pe", "NIFTY26D1526000PE", "NFO", "65"),
        ("buy 1 lot m&m dec fut", "M&M26DECFUT", "NFO", "200"),
        ("buy 75 bajaj-auto26decfut", "BAJAJ-AUTO26DECFUT", "NFO", "75"),
        ("buy 10 20microns", "20MICRONS", "NSE", "10"),
        ("sell 100 812nhai34-n0 @ 99.01", "812NHAI34-N0", "NSE", "100"),
    ],
)
def test_odd_symbols_and_lots_become_what_they_mean(line, sentence, symbol, exchange, quantity):
    ((row,), why, page) = line.type(sentence)
    assert (row["tradingsymbol"], row["exchange"], row["quantity"]) == (symbol, exchange, quantity)
    assert why == "" and by_id(page, "faults") is None


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("buy 1 lot nickelmini dec fut", "No contract “nickelmini dec fut” is listed."),
        ("buy 2 lots alumini26decfut", "No contract “ALUMINI26DECFUT” is listed."),
        ("buy 1 nco:gold26decfut", "Kite's page does not take nco:gold26decfut."),
        ("sell 1 gold26decfut NCO", "Kite's page does not take NCO."),
        ("buy 1 nseix:x", "Kite's page does not take nseix:x."),
        ("buy 2 lots infy", "“INFY” could be NSE:INFY or BSE:INFY."),
        ("buy 2 lots nse:infy", "INFY is not traded in lots. Write the quantity."),
        ("buy 2 lots crestline-be", "CRESTLINE-BE is not traded in lots. Write the quantity."),
    ],
)
def test_what_no_basket_can_hold_is_a_reason(line, sentence, why):
    rows, reason, _ = line.type(sentence)
    assert rows == [] and reason == f"“{sentence}”: {why}"


@pytest.mark.parametrize(
    "sentence", ["buy 5 nickelmini26decfut", "buy 5 mcx:nickelmini26novfut", "buy 5 alumini27jan150000pe"]
)
def test_a_symbol_of_another_exchange_is_unknown_and_is_never_offered(line, sentence):
    ((row,), _, page) = line.type(sentence)
    assert "No instrument" in text(by_id(page, "faults"))
    offered = [
        dict(parse_qsl(action.removeprefix("fix-0-")))
        for action in buttons(page)
        if action.startswith("fix-0-tradingsymbol=")
    ]
    assert all(
        line.catalogue.find(fix.get("exchange", row["exchange"]), fix["tradingsymbol"]) for fix in offered
    )


@pytest.mark.parametrize(("symbol", "exchange"), [("SENSEX50", "BSE"), ("MCXMETLDEX", "MCX")])
def test_an_index_can_be_found_and_not_traded(line, symbol, exchange):
    ((row,), _, page) = line.type(f"buy 1 {exchange}:{symbol}")
    assert row["tradingsymbol"] == symbol
    assert f"{symbol} is an index" in text(by_id(page, "faults"))
    assert [instrument.exchange for instrument in search(line.catalogue, symbol, limit=1)] == [exchange]


@pytest.mark.parametrize(
    "q",
    [
        "nickelmini",
        "alumini dec fut",
        "gift nifty",
        "gold dec fut",
        "NICKELMINI26DECFUT",
        "silver 150000",
        "nco",
        "nseix",
    ],
)
def test_search_and_what_is_near_keep_to_what_baskets_take(line, q):
    instruments = [
        *search(line.catalogue, q, limit=50),
        *nearest(line.catalogue, q),
        *nearest(line.catalogue, q, "MCX"),
    ]
    assert not {instrument.exchange for instrument in instruments} & set(NEVER)
    assert search(line.catalogue, q, "NCO") == nearest(line.catalogue, q, "NSEIX") == []


@pytest.mark.parametrize(
    ("order", "below", "above"),
    [
        ("65 nifty26d0826000ce @ 120.03", "120", "120.05"),
        ("2750 tatasteel26dec187.5ce @ 3.015", "3.01", "3.02"),
        ("1 gold26decfut @ 150000.5", "150000", "150001"),
        ("10 halftick @ 312.7", "312.5", "313"),
        ("10 infy @ 100.005", "100", "100.01"),
    ],
)
def test_prices_lie_on_steps_of_every_size(line, order, below, above):
    _, _, page = line.type(f"buy {order}")
    assert "Not on the tick." in text(by_id(page, "faults"))
    assert [action for action in buttons(page) if action.startswith("fix-0-price=")] == [
        f"fix-0-price={below}",
        f"fix-0-price={above}",
    ]
