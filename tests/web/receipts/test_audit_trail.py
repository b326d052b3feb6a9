"""The trail of a basket whose events the version before wrote."""

from sqlalchemy import text

from kite.store.base import migrate, old_events
from kite.store.flow import events
from kite.web.wording import event_words


def write_as_before(site, execution_id):
    """Put the sentences and texts of the version before in place of an execution's codes and data."""
    texts = {code: sentence for sentence, code in old_events.CODES.items()}
    change = text(
        "UPDATE events SET cause = :cause, detail = :detail,"
        " code = NULL, order_id = NULL, user_id = NULL, data = NULL WHERE id = :id"
    )
    with site.services.store.writing() as conn, site.app.test_request_context():
        for event in events.of(conn, execution_id):
            detail = event_words.detail_words(event)
            conn.execute(change, {"id": event.id, "cause": texts[event.cause], "detail": detail})


def test_a_basket_of_the_version_before_reads_the_same_before_and_after_the_conversion(site):
    person = site.visitor()
    execution_id = person.buy({"tradingsymbol": "INFY", "order_type": "LIMIT", "price": "1300"})
    site.clock.advance(2)
    receipt = person.receipt(execution_id)
    pages = [f"/executions/{execution_id}/trail", f"/executions/{execution_id}.json", "/data/export.json"]
    trail, data, _ = before = [person.get(page, status=200).text for page in pages]
    assert "Kite user AB1234 came back" in trail and receipt and data
    write_as_before(site, execution_id)
    assert [person.get(page, status=200).text for page in pages] == before
    migrate.upgrade(site.services.settings.database_url)
    with site.services.store.reading() as conn:
        assert conn.execute(text("SELECT count(*) FROM events WHERE code IS NULL")).scalar_one() == 0
    assert [person.get(page, status=200).text for page in pages] == before
