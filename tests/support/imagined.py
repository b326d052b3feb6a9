"""Looks for imaginary words in a site, wherever people and programs meet them; prints what it saw as
JSON, by place.

tests/test_imagined_rows.py runs it in a copy of the project to whose tables it has added rows.
"""

import json
import sys
import tempfile
from pathlib import Path

from kite.basket.formats.documents import read_document
from kite.offsite.base import receipt_building
from kite.vocabulary import Outcome
from tests.support.clock import Clock
from tests.support.site import HOST, Site, Visitor

ORDER = {
    "tradingsymbol": "MOON",
    "exchange": "LUNAR",
    "transaction_type": "BUY",
    "order_type": "PEGGED",
    "product": "CNC",
    "quantity": "5",
    "price": "10",
    "remark": "tide",
}
DOCUMENTS = {
    "table": "symbol,exchange,quantity,side,order type,price,comment\nMOON,LUNAR,5,buy,peg,10,tide\n",
    "console": "symbol,exchange,segment,quantity,side\nMOON,NSE,MN,5,buy\n",
    "written order": "buy 5 LUNAR:MOON peg 10 remark tide",
    "JSON": json.dumps([ORDER]),
    "shortcode": '[kite symbol="MOON" exchange="LUNAR" order_type="PEGGED" qty="5" side="buy" price="10" note="tide"]',
}


def look(site: Site) -> dict[str, object]:
    """Return the text or data of every place."""
    browser = site.visitor()
    places: dict[str, object] = {
        "form": browser.get("/", status=200).text,
        "rules page": browser.get("/rules", status=200).text,
        "embed script": site.app.test_client().get("/embed.js", base_url=HOST).text,
        "API description": site.app.test_client().get("/api/v1/openapi.json", base_url=HOST).get_json(),
        "archive": browser.get("/executions", status=200).text,
    }
    places |= {name: [read.row for read in read_document(text)] for name, text in DOCUMENTS.items()}
    prepared = browser.compose(ORDER)
    places["hand-off"] = json.loads(browser.form_of(prepared)["data"])
    places["receipt of the order, JSON"] = browser.receipt(prepared)["items"]
    places["receipt of the order"] = browser.get(f"/executions/{prepared}", status=200).text
    return places | _outcome(site, browser)


def _outcome(site: Site, browser: Visitor) -> dict[str, object]:
    """Return a receipt whose order ended in the imaginary way."""
    receipt_building._ended_outcome = lambda result: Outcome("vaporised")
    execution_id = browser.buy({"remark": "ebb"})
    site.clock.advance(5)
    page = browser.get(f"/executions/{execution_id}", status=200).text
    return {"receipt": page, "receipt, JSON": browser.receipt(execution_id)["items"]}


def main() -> None:
    """Look, and print."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "instance", Clock())
        try:
            json.dump(look(site), sys.stdout)
        finally:
            site.close()


if __name__ == "__main__":
    main()
