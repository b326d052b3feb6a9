"""One row is enough: an imaginary exchange, order type, outcome and field, each of them one row in
its table, are found wherever people and programs meet them, and nothing else is touched.

The rows are added to a copy of the project, and a process of its own looks at the site that the copy
makes. The day's list of instruments, which comes from Kite, gets an instrument of the new exchange.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.sources import ROOT

EXCHANGE = """
    LUNAR = (
        "LUNAR",
        ExchangeFacts(
            trades=Traded.SHARES,
            hours=MarketHours(time(1), time(2), time(3), time(4)),
            decimals=3,
            takes_sl_m=False,
            console=(("NSE", "MN"),),
        ),
    )
"""
ORDER_TYPE = """
    PEGGED = (
        "PEGGED",
        OrderTypeFacts(
            takes_price=True,
            takes_trigger=False,
            label=N_("Pegged to the tide"),
            in_sentence=N_("pegged"),
            made_into=N_("Make it a pegged order"),
            price_problem=N_("A pegged order needs a price."),
            trigger_problem=N_("Pegged orders take no trigger."),
            on_button="Pegged at %",
            spellings=("PEG",),
        ),
    )
"""
OUTCOME = """
    VAPORISED = (
        "vaporised",
        OutcomeFacts(
            word=N_("Vaporised"),
            short=N_("gone up in steam"),
            counted=N_("%(number)s as vapour"),
            icon=Icon.DASHED_SQUARE,
            place=8,
            ended=True,
        ),
    )
"""
FIELD = """
    remark: Annotated[
        str | None,
        FieldFacts(
            data_place=14,
            form_place=14,
            label=N_("Remark on the moon"),
            not_taken=("sonnet",),
            headings=("comment",),
            leads=("REMARK",),
            twice=N_("“%(word)s” is a second remark."),
            shortcode="note",
        ),
    ] = None
"""
ROWS = (
    ("kite/vocabulary/exchanges.py", "Exchange", EXCHANGE),
    ("kite/vocabulary/order_types.py", "OrderType", ORDER_TYPE),
    ("kite/vocabulary/outcomes.py", "Outcome", OUTCOME),
    ("kite/basket/items.py", "Item", FIELD),
)
INSTRUMENT = "99999999,99999,MOON,THE MOON,12,,0,0.1,1,EQ,LUNAR,LUNAR\n"
READ = {
    "tradingsymbol": "MOON",
    "exchange": "LUNAR",
    "transaction_type": "BUY",
    "order_type": "PEGGED",
    "quantity": "5",
    "price": "10",
    "remark": "tide",
}


def add_row(file: Path, table: str, row: str) -> None:
    """Add a row at the end of the class that is a table."""
    text = file.read_text(encoding="utf-8")
    (node,) = (node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == table)
    lines = text.splitlines(keepends=True)
    file.write_text("".join([*lines[: node.end_lineno], row, *lines[node.end_lineno :]]), encoding="utf-8")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a site with the imaginary rows shows, by place."""
    copy = tmp_path_factory.mktemp("imagined")
    for name in ("kite", "static", "templates"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", copy)
    (copy / "tests").symlink_to(ROOT / "tests")
    for name, table, row in ROWS:
        add_row(copy / name, table, row)
    with (copy / "kite" / "bundled.csv").open("a", encoding="utf-8") as file:
        file.write(INSTRUMENT)
    process = subprocess.run(
        [sys.executable, "-m", "tests.support.imagined"],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-3000:]
    found: dict[str, Any] = json.loads(process.stdout)
    return found


def test_the_form_asks_for_them(places: dict[str, Any]):
    page = places["form"]
    assert '<option value="LUNAR">LUNAR' in page
    assert '<option value="PEGGED">Pegged to the tide' in page
    assert 'name="items-0-remark"' in page and "Remark on the moon" in page
    assert "For limit, SL and pegged orders." in page


def test_the_page_of_the_rules_names_them(places: dict[str, Any]):
    page = places["rules page"]
    assert "CNC is for NSE, BSE and LUNAR, NRML for derivatives." in page
    assert "SL-M orders are not taken on BSE, BFO, BCD and LUNAR, and not on options." in page
    assert "A price has at most 2 decimals, 4 on CDS and BCD, 3 on LUNAR." in page
    assert "Orders on NFO, BFO and LUNAR have no disclosed quantity." in page
    assert "<b>LUNAR</b>" in page and "Open 01:00–02:00." in page
    assert "A LIMIT, SL or PEGGED order has a price above 0." in page
    assert "A pegged order needs a price." in page
    assert "Remark on the moon" in page and "sonnet" in page


@pytest.mark.parametrize("importer", ["table", "written order", "JSON", "shortcode"])
def test_importers_read_them(places: dict[str, Any], importer: str):
    (row,) = places[importer]
    assert row.items() >= READ.items()


def test_the_exchange_is_known_by_its_name_in_exports(places: dict[str, Any]):
    (row,) = places["console"]
    assert row["exchange"] == "LUNAR"


def test_the_description_of_the_api_lists_them(places: dict[str, Any]):
    execution = places["API description"]["components"]["schemas"]["Execution"]
    item = execution["properties"]["items"]["items"]
    assert "LUNAR" in item["properties"]["exchange"]["enum"]
    assert "PEGGED" in item["properties"]["order_type"]["enum"]
    assert "vaporised" in item["properties"]["outcome"]["enum"]
    assert item["properties"]["remark"] == {"type": ["string", "null"]}
    assert "remark" in item["required"]


def test_the_embed_script_has_them(places: dict[str, Any]):
    script = places["embed script"]
    assert " readonly tag remark" in script
    assert "/^(NSE|BSE|LUNAR)$/" in script
    assert '"PEGGED":"Pegged at %"' in script


def test_an_order_of_them_is_handed_to_kite_and_has_a_receipt(places: dict[str, Any]):
    (order,) = places["hand-off"]
    (item,) = places["receipt of the order, JSON"]
    for data in (order, item):
        assert (data["exchange"], data["order_type"], data["remark"]) == ("LUNAR", "PEGGED", "tide")
    assert order["price"] == 10
    assert item["price"] == "10.00"
    assert "<b>MOON</b> LUNAR" in places["receipt of the order"]


def test_the_receipt_says_how_an_order_ended(places: dict[str, Any]):
    page = places["receipt"]
    assert ">Vaporised</b>" in page
    assert "1 gone up in steam" in page
    assert "0 of 1 filled, 1 as vapour" in page
    (item,) = places["receipt, JSON"]
    assert (item["outcome"], item["remark"]) == ("vaporised", "ebb")
    assert '<option value="vaporised">Vaporised' in places["archive"]
