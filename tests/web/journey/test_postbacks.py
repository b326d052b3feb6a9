"""Postbacks as Kite posts them, and what the person then reads."""

import pytest
from sqlalchemy import text

from kite.store.flow import events, executions, postbacks
from kite.store.flow.event_causes import EventCause
from kite.store.people import sessions
from tests.support.fault_journey import placed
from tests.support.postbacks import left_at_kite, message, post
from tests.support.site import HOST

REPORTED = "COMPLETE, 10 of 10 filled. Not confirmed."


@pytest.fixture(scope="module")
def site(module_site):
    return module_site


def stored(site, execution_id):
    with site.services.store.reading() as conn:
        return executions.get(conn, execution_id)


def stored_postbacks(site, execution_id):
    with site.services.store.reading() as conn:
        return postbacks.of(conn, execution_id)


def causes(site, execution_id):
    with site.services.store.reading() as conn:
        return [event.cause for event in events.of(conn, execution_id)]


def everything(site):
    with site.services.store.reading() as conn:
        return conn.execute(text("SELECT count(*) FROM postbacks")).scalar()


def test_whoever_never_came_back_reads_what_kite_reported_and_that_it_is_not_confirmed(site):
    visitor = site.visitor()
    execution_id, orders = left_at_kite(visitor)
    assert stored(site, execution_id).state == "handed_off"
    version = stored(site, execution_id).version
    answer = post(site, message(orders[0]))
    assert (answer.status_code, answer.text) == (200, "kept\n")
    assert "Set-Cookie" not in answer.headers
    assert stored(site, execution_id).version > version
    receipt = visitor.receipt(execution_id)
    assert (receipt["state"], receipt["items"][0]["outcome"], receipt["orders"]) == (
        "returned",
        "unknown",
        [],
    )
    page = visitor.get(f"/executions/{execution_id}").text
    assert f"Reported by Kite at {site.clock():%H:%M:%S}: {REPORTED}" in page
    assert "Kite’s postback, not confirmed by its order book" in page
    assert "Kite reported: INFY COMPLETE" in page
    assert "Kite reported orders of this basket. They are not confirmed yet." in page
    assert "Heard from Kite" in page and "Came back" not in page
    assert 'data-live="on"' in page  # the other orders' messages may still come
    assert "Log in to Kite to see what became of this basket" in page


def test_late_return_confirms_what_was_reported(site):
    visitor = site.visitor()
    execution_id = visitor.compose({})
    back = visitor.place(execution_id)
    site.clock.advance(2)
    (order,) = placed(site, visitor.receipt(execution_id)["tag"])
    post(site, message(order))
    visitor.get(back, status=303)
    visitor.get(back, status=303)
    receipt = visitor.receipt(execution_id)
    assert (receipt["state"], receipt["items"][0]["outcome"]) == ("settled", "filled")
    page = visitor.get(f"/executions/{execution_id}").text
    assert "Not confirmed" not in page
    assert "Came back" in page and "Heard from Kite" not in page
    assert "Kite’s postback, then its order book" in page
    assert causes(site, execution_id).count(EventCause.CAME_BACK) == 1
    assert all(postback.read_at for postback in stored_postbacks(site, execution_id))


def test_what_is_nobodys_yet_is_read_when_its_page_is_opened_and_not_before(site):
    visitor = site.visitor()
    visitor.buy()
    execution_id, orders = left_at_kite(visitor)
    assert post(site, message(orders[0])).status_code == 200
    execution = stored(site, execution_id)
    assert (execution.state, execution.user_id) == ("returned", None)
    site.clock.advance(1)
    assert visitor.receipt(execution_id)["items"][0]["outcome"] == "filled"
    execution = stored(site, execution_id)
    assert (execution.state, execution.user_id) == ("settled", "AB1234")


def test_owned_execution_is_read_in_any_session_of_its_owner(site):
    visitor, elsewhere = site.visitor(), site.visitor()
    execution_id = visitor.buy({"tradingsymbol": "SIMCANCEL"})
    with site.services.store.writing() as conn:
        for session in sessions.of_user(conn, "AB1234", site.clock()):
            sessions.end(conn, session.id, site.clock())
    site.clock.advance(2)
    (order,) = placed(site, visitor.receipt(execution_id)["tag"])
    post(site, message(order))
    assert stored(site, execution_id).state == "returned"
    elsewhere.buy()
    post(site, message(order, status="UPDATE"))
    assert stored(site, execution_id).state == "settled"
    assert visitor.receipt(execution_id)["items"][0]["outcome"] == "cancelled"


def test_reading_for_a_postback_is_not_held_back_by_one_just_before(site):
    visitor = site.visitor()
    execution_id = visitor.buy({"tradingsymbol": "SIMCANCEL"})
    (order,) = placed(site, visitor.receipt(execution_id)["tag"])
    with site.services.store.writing() as conn:
        executions.claim_read(conn, execution_id, site.clock(), site.clock())
    site.clock.advance(0.7)
    (order,) = placed(site, visitor.receipt(execution_id)["tag"])
    post(site, message(order))
    assert stored(site, execution_id).state == "settled"


def test_same_message_twice_is_kept_and_told_once(site):
    execution_id, orders = left_at_kite(site.visitor())
    assert [post(site, message(orders[0])).text for _ in range(3)] == ["kept\n", "known\n", "known\n"]
    assert (
        len(stored_postbacks(site, execution_id))
        == causes(site, execution_id).count(EventCause.POSTBACK)
        == 1
    )


def test_of_messages_in_the_wrong_order_the_one_that_went_furthest_is_shown(site):
    visitor = site.visitor()
    execution_id, orders = left_at_kite(visitor)
    for changes in ({}, {"status": "UPDATE", "filled_quantity": 4}):
        assert post(site, message(orders[0], **changes)).status_code == 200
    page = visitor.get(f"/executions/{execution_id}").text
    assert REPORTED in page
    assert "4 of 10" not in page


def test_late_message_changes_nothing_of_a_settled_receipt(site):
    visitor = site.visitor()
    execution_id = visitor.buy()
    site.clock.advance(2)
    before = visitor.receipt(execution_id)
    (order,) = placed(site, before["tag"])
    post(site, message(order, status="UPDATE", filled_quantity=4))
    assert visitor.receipt(execution_id) == before
    assert "Not confirmed" not in visitor.get(f"/executions/{execution_id}").text


def test_message_proves_that_a_cancelled_basket_reached_kite(site):
    visitor = site.visitor()
    execution_id, orders = left_at_kite(visitor)
    visitor.get("/redirect?status=cancelled", status=303)
    assert stored(site, execution_id).state == "cancelled"
    post(site, message(orders[0]))
    assert visitor.receipt(execution_id)["state"] == "returned"


def test_bare_cancel_after_a_report_leads_to_that_receipt_and_cancels_no_other_basket(site):
    visitor = site.visitor()
    execution_id, orders = left_at_kite(visitor)
    post(site, message(orders[0]))
    assert visitor.get("/redirect?status=cancelled", status=303).location.endswith(execution_id)
    waiting, _ = left_at_kite(visitor)
    question = visitor.get("/redirect?status=cancelled", status=303).location
    page = visitor.get(question, status=200).text
    assert execution_id in page and waiting in page
    answer = visitor.post("/returns/cancelled", status=303, execution_id=execution_id)
    assert answer.location.endswith(execution_id)
    assert (stored(site, execution_id).state, stored(site, waiting).state) == ("returned", "handed_off")


def test_forged_messages_are_refused_and_not_kept(site):
    execution_id, orders = left_at_kite(site.visitor())
    before = everything(site)
    spoiled = [
        message(orders[0], secret="f" * 32),
        message(orders[0], order_timestamp="2026-11-20 09:17:43"),
        message(orders[0], checksum=None),
        message(orders[0], checksum="ü"),
        message(orders[0], order_id=int(orders[0]["order_id"])),
        b"{}",
    ]
    assert {post(site, body).status_code for body in spoiled} == {403}
    assert everything(site) == before
    assert stored(site, execution_id).state == "handed_off"


@pytest.mark.parametrize(
    "body", [b"", b"order_id=1&checksum=2", b"[]", b'"\xff"', b"[" * 60_000, b"9" * 60_000, b"null"]
)
def test_what_cannot_be_read_is_a_400(site, body):
    assert post(site, body).status_code == 400


def test_message_without_what_every_order_has_is_a_400_and_not_kept(site):
    _, orders = left_at_kite(site.visitor())
    before = everything(site)
    for changes in (
        {"status": None},
        {"tradingsymbol": ""},
        {"filled_quantity": -1},
        {"filled_quantity": 10**19},
    ):
        assert post(site, message(orders[0], **changes)).status_code == 400
    assert everything(site) == before


def test_hostile_texts_under_a_good_checksum_are_kept_and_shown_as_text(site):
    visitor = site.visitor()
    execution_id, orders = left_at_kite(visitor)
    assert (
        post(
            site, message(orders[0], status="\x00<b>\ud800", user_id="AB1234", guid="\ud800\x00")
        ).status_code
        == 200
    )
    assert "&lt;b&gt;" in visitor.get(f"/executions/{execution_id}").text


def test_large_body_is_refused_whether_or_not_it_says_its_length(site):
    _, orders = left_at_kite(site.visitor())
    body = message(orders[0], guid="x" * 70_000)
    answer = site.app.test_client().post("/postback", data=body, base_url=HOST)
    assert answer.status_code == 413
    assert "Set-Cookie" not in answer.headers


def test_header_is_not_what_says_whether_it_is_json(site):
    _, orders = left_at_kite(site.visitor())
    answer = site.app.test_client().post(
        "/postback", data=message(orders[0]), content_type="application/x-www-form-urlencoded", base_url=HOST
    )
    assert answer.status_code == 200


def test_site_without_a_secret_takes_no_postbacks(sites):
    keyed = sites(KITE_API_KEY="abcd1234", SECRET_KEY="a key of the tests, long enough for it")
    order = {"order_id": "1", "order_timestamp": "2026-11-20 09:17:42", "quantity": 1, "filled_quantity": 1}
    for body in (message(order, secret=""), b"no json"):
        assert keyed.app.test_client().post("/postback", data=body, base_url=HOST).status_code == 403
    assert everything(keyed) == 0


def test_message_without_a_tag_waits_until_an_order_book_shows_its_order(site):
    visitor = site.visitor()
    execution_id, orders = left_at_kite(visitor)
    assert post(site, message(orders[0], tag=None)).status_code == 200
    assert stored_postbacks(site, execution_id) == []
    assert stored(site, execution_id).state == "handed_off"
    visitor.buy()
    visitor.post(f"/executions/{execution_id}/check")
    assert [postback.order_id for postback in stored_postbacks(site, execution_id)] == [orders[0]["order_id"]]
    assert "Not confirmed" not in visitor.get(f"/executions/{execution_id}").text


def test_messages_are_kept_joined_and_read_on_postgresql_too(sites, postgres_url):
    other = sites(DATABASE_URL=postgres_url)
    visitor = other.visitor()
    execution_id, orders = left_at_kite(visitor)
    untagged = message(orders[0], tag=None, status="UPDATE", guid="\x00\ud800")
    assert [post(other, body).text for body in (untagged, message(orders[0]), message(orders[0]))] == [
        "kept\n",
        "kept\n",
        "known\n",
    ]
    assert REPORTED in visitor.get(f"/executions/{execution_id}").text
    visitor.buy()
    visitor.post(f"/executions/{execution_id}/check")
    assert visitor.receipt(execution_id)["items"][0]["outcome"] == "filled"
    assert [bool(postback.read_at) for postback in stored_postbacks(other, execution_id)] == [True, True]


def test_order_of_another_person_with_the_same_basket_is_not_told_to_its_owner(site):
    visitor = site.visitor()
    execution_id = visitor.buy()
    site.clock.advance(2)
    (order,) = placed(site, visitor.receipt(execution_id)["tag"])
    post(site, message(order | {"order_id": "42"}, user_id="ZZ9999"))
    assert stored_postbacks(site, execution_id) == []


def test_second_leg_of_a_cover_order_is_known_by_its_first(site):
    execution_id, (first,) = left_at_kite(site.visitor())
    leg = first | {"order_id": "77", "parent_order_id": first["order_id"], "tag": None, "status": "CANCELLED"}
    post(site, message(first))
    post(site, message(leg))
    assert [postback.order_id for postback in stored_postbacks(site, execution_id)] == [
        first["order_id"],
        "77",
    ]


def test_person_is_handed_what_was_heard_and_can_have_it_erased(site):
    visitor = site.visitor()
    execution_id, orders = left_at_kite(visitor)
    post(site, message(orders[0]))
    records = visitor.get("/data/export.json", status=200).text
    assert orders[0]["order_id"] in records
    assert "checksum" not in records
    visitor.post("/data/delete", status=303, confirm="y")
    assert stored(site, execution_id) is None
    assert stored_postbacks(site, execution_id) == []
