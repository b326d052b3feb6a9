"""A basket in parts: the question of the composer, what a part waits for, and what a person can
answer.
"""

import re

import pytest

from kite.exceptions import InputException, NoAnswer, TokenException
from kite.store.flow import events, executions
from tests.support.forms import controls, text, tree

SELL = {"transaction_type": "SELL", "tradingsymbol": "INFY", "quantity": "10", "product": "MIS"}
OPEN_SELL = SELL | {"tradingsymbol": "SIMOPEN"}
BUY = {"transaction_type": "BUY", "tradingsymbol": "SBIN", "quantity": "5"}


@pytest.fixture
def person(site):
    return site.visitor()


def parts_of(site, execution_id):
    with site.services.store.reading() as conn:
        return executions.parts(conn, execution_id)


def causes(site, execution_id):
    with site.services.store.reading() as conn:
        return [event.cause for event in events.of(conn, execution_id)]


def hand_off_page(person, execution):
    return person.get(f"/handoff/{execution.id}", status=200).get_data(as_text=True)


def receipt_page(person, execution):
    return person.get(f"/executions/{execution.id}", status=200).get_data(as_text=True)


def waits(page):
    """Whether a hand-off page neither leads to Kite's basket nor goes anywhere by itself."""
    return "basket-form" not in page and ".submit()" not in page


def sells_first(site, person, *items):
    return parts_of(site, person.compose(*items, sequence="sells_first"))


def sold_open(site, person):
    """A basket whose first part came back with a sell that stays open."""
    first, second = sells_first(site, person, BUY, OPEN_SELL)
    person.get(person.place(first.id), status=303)
    site.clock.advance(2)
    return first, second


def say(person, execution, answer, status=303):
    return person.post(f"/handoff/{execution.id}/sequence", status=status, answer=answer)


def rail(page):
    """What the rail of parts says, and which part it stands at."""
    sheet = re.search(r"<h2>Basket in parts.*?</ol>", page, re.DOTALL)[0]
    steps = re.findall(r'<li class="(\w+)"[^>]*><b>(?:<a[^>]*>)?([^<]*)(?:</a>)?</b> ([^<]*)</li>', sheet)
    return [" ".join(step) for step in steps]


def test_a_basket_of_both_sides_is_asked_about_and_all_at_once_is_chosen(person):
    one_side = person.get(
        "/?data="
        + '[{"tradingsymbol":"INFY","exchange":"NSE","transaction_type":"BUY","order_type":"MARKET","quantity":1}]'
    )
    assert "This basket sells and buys" not in one_side.text
    both = ",".join(
        f'{{"tradingsymbol":"INFY","exchange":"NSE","transaction_type":"{side}","order_type":"MARKET","quantity":1}}'
        for side in ("SELL", "BUY")
    )
    assert ("sequence", "at_once") in controls(person.get(f"/?data=[{both}]", status=200).text)


def test_the_answer_stays_while_the_basket_is_changed(person):
    fields = {
        f"items-{number}-{name}": value
        for number, row in enumerate((SELL, BUY))
        for name, value in row.items()
    }
    page = person.post("/", action="add", sequence="sells_first", **fields).text
    assert ("sequence", "sells_first") in controls(page)
    assert ("sequence", "at_once") in controls(
        person.post("/", action="add", sequence="whatever", **fields).text
    )
    page = person.post(
        "/", action="update", sequence="sells_first", **fields | {"items-0-transaction_type": "BUY"}
    ).text
    assert "This basket sells and buys" not in page
    assert ("sequence", "sells_first") in controls(page)


def test_all_at_once_goes_as_one_basket(person, site):
    (only,) = parts_of(site, person.compose(BUY, SELL, sequence="at_once"))
    assert [item.transaction_type for item in only.items] == ["BUY", "SELL"]


def test_sells_first_is_no_part_more_for_a_basket_of_one_side(person, site):
    assert len(sells_first(site, person, BUY, BUY)) == 1


def test_the_buys_go_when_every_sell_is_filled(person, site):
    first, second = sells_first(site, person, BUY, SELL)
    assert [[item.transaction_type for item in part.items] for part in (first, second)] == [["SELL"], ["BUY"]]
    page = hand_off_page(person, second)
    assert waits(page)
    assert "Part 2 waits for part 1" in page
    assert "Part 1 was not sent to Kite yet." in page
    assert f'href="/handoff/{first.id}"' in page
    assert rail(page) == ["ahead Part 1 of 2 ready", "current Part 2 of 2 waits for part 1"]
    returned = person.place(first.id)
    assert "Part 1 went to Kite at 09:16:39 IST and is not back yet." in hand_off_page(person, second)
    person.get(returned, status=303)
    site.clock.advance(2)
    page = receipt_page(person, first)
    assert f'href="/handoff/{second.id}"' in page
    assert "Send part 2 of 2" in page
    assert rail(page) == ["done Part 1 of 2 1 filled", "current Part 2 of 2 ready"]
    assert ".submit()" in hand_off_page(person, second)


def test_a_sell_that_is_not_filled_keeps_the_buys_here(person, site):
    first, second = sold_open(site, person)
    page = receipt_page(person, first)
    assert "Part 2 waits for part 1" in page
    assert "SIMOPEN NSE: 0 of 10 sold" in page
    assert "Send part 2" not in page
    page = hand_off_page(person, second)
    assert waits(page)
    assert "SIMOPEN NSE: 0 of 10 sold" in page
    assert re.search(
        r"Available at Kite: ₹[\d,.]+. This part needs ₹[\d,.]+ of margin, and about ₹[\d,.]+ of charges.",
        page,
    )
    assert all(words in page for words in ("Check again", "Stop here", "Go on anyway"))
    assert person.receipt(second.id)["state"] == "prepared"


def test_what_a_part_lacks_is_told_also_where_nobody_knows_its_worth(person, site):
    rupees = BUY | {
        "tradingsymbol": "USDINR26DECFUT",
        "exchange": "CDS",
        "product": "NRML",
        "quantity": "9999",
    }
    first, second = sells_first(site, person, rupees, OPEN_SELL)
    person.get(person.place(first.id), status=303)
    page = hand_off_page(person, second)
    assert re.search(r"This part needs ₹2,[\d,]+\.\d\d of margin, .* ₹1,[\d,]+\.\d\d is missing.", page)


def test_funds_stand_alone_where_kite_does_not_tell_the_margin(person, site, monkeypatch):
    _, second = sold_open(site, person)

    def refused(self, params, consider_positions=True):
        raise InputException("Invalid `tradingsymbol`.", 400)

    monkeypatch.setattr(type(site.services.connect), "basket_order_margins", refused)
    page = hand_off_page(person, second)
    assert re.search(r"Available at Kite: ₹[\d,.]+.<", page)


@pytest.mark.parametrize(
    "failure", [NoAnswer("no answer"), TokenException("Token is invalid or has expired.", 403)]
)
def test_funds_that_kite_does_not_tell_are_left_out(person, site, monkeypatch, failure):
    _, second = sold_open(site, person)

    def untold(self, segment=None):
        raise failure

    monkeypatch.setattr(type(site.services.connect), "margins", untold)
    page = hand_off_page(person, second)
    assert waits(page)
    assert "Available at Kite" not in page


def test_going_on_anyway_is_recorded_once_and_opens_kite(person, site):
    first, second = sold_open(site, person)
    assert say(person, second, "go_on").location == f"/handoff/{second.id}"
    say(person, second, "go_on")
    assert causes(site, second.id).count("went_on") == 1
    assert ".submit()" in hand_off_page(person, second)
    assert "You went on without waiting for the earlier part" in receipt_page(person, second)
    assert rail(receipt_page(person, first)) == [
        "done Part 1 of 2 0 of 1 filled",
        "current Part 2 of 2 at Kite",
    ]


def test_a_stopped_basket_says_so_until_it_is_taken_up_again(person, site):
    first, second = sold_open(site, person)
    before = person.get(f"/executions/{first.id}").headers["ETag"]
    assert say(person, second, "stop").location == f"/handoff/{second.id}"
    site.clock.advance(2)
    person.get(f"/executions/{first.id}", status=200, headers={"If-None-Match": before})
    for page in (hand_off_page(person, second), receipt_page(person, first), receipt_page(person, second)):
        assert "You stopped before part 2" in page
        assert "Take it up again" in page
        assert waits(page)
    assert rail(page) == ["done Part 1 of 2 0 of 1 filled", "current Part 2 of 2 stopped"]
    say(person, second, "go_on")
    assert waits(hand_off_page(person, second)), "a stopped basket is taken up first"
    assert say(person, second, "take_up").location == f"/executions/{second.id}"
    page = hand_off_page(person, second)
    assert waits(page)
    assert "SIMOPEN NSE: 0 of 10 sold" in page


def test_after_a_stop_an_older_answer_counts_no_more(person, site):
    _, second = sold_open(site, person)
    say(person, second, "go_on")
    site.clock.advance(1)
    say(person, second, "stop")
    site.clock.advance(1)
    say(person, second, "take_up")
    assert waits(hand_off_page(person, second))
    say(person, second, "go_on")
    assert ".submit()" in hand_off_page(person, second)


def test_a_split_basket_waits_only_for_the_return(sites):
    site = sites(KITE_BASKET_MAX_ITEMS="1")
    person = site.visitor()
    first, second, third = parts_of(site, person.compose(BUY | {"tradingsymbol": "SIMOPEN"}, BUY, SELL))
    assert "Part 2 waits for part 1" in hand_off_page(person, second)
    assert "Part 3 waits for part 2" in hand_off_page(person, third)
    person.get(person.place(first.id), status=303)
    assert rail(receipt_page(person, first))[1:] == [
        "current Part 2 of 3 ready",
        "ahead Part 3 of 3 waits for part 2",
    ]
    person.get(person.decide(person.to_kite(second.id), "cancel"), status=303)
    page = receipt_page(person, second)
    assert "Part 3 waits for part 2" in page
    assert "Kite says that you cancelled part 2." in page
    assert waits(hand_off_page(person, third))
    again = person.post(f"/executions/{second.id}/again", status=303).location.rsplit("/", 1)[1]
    person.get(person.place(again), status=303)
    page = person.get(f"/executions/{again}", status=200).text
    assert "Send part 3 of 3" in page, "what was sent in place of a cancelled part counts"
    assert rail(page) == [
        "done Part 1 of 3 0 of 1 filled",
        "done Part 2 of 3 sent again",
        "current Part 3 of 3 ready",
    ]
    assert ".submit()" in hand_off_page(person, third)


def test_one_answer_holds_for_the_parts_after_it(sites):
    site = sites(KITE_BASKET_MAX_ITEMS="1")
    person = site.visitor()
    _, second, third = parts_of(site, person.compose(OPEN_SELL, BUY, BUY, sequence="sells_first"))
    say(person, second, "go_on")
    person.get(person.place(second.id), status=303)
    assert ".submit()" in hand_off_page(person, third)


def test_nobody_back_for_long_keeps_the_next_part_here(person, site):
    first, second = sells_first(site, person, BUY, SELL)
    person.form_of(first.id)
    site.clock.advance(31 * 60)
    receipt_page(person, first)
    page = hand_off_page(person, second)
    assert waits(page)
    assert "nobody came back. Its orders may have been placed." in page
    assert f'action="/executions/{first.id}/check"' in page


def test_whoever_only_has_the_link_learns_nothing_and_decides_nothing(person, site):
    _, second = sold_open(site, person)
    stranger = site.visitor()
    page = hand_off_page(stranger, second)
    assert waits(page)
    assert "This part waits for an earlier one" in page
    assert "SIMOPEN" not in page
    assert "Go on anyway" not in page
    for answer in ("go_on", "stop", "take_up"):
        say(stranger, second, answer, status=404)
    assert say(person, second, "go_on").status_code == 303
    page = hand_off_page(stranger, second)
    assert "basket-form" not in page and f'action="/handoff/{second.id}"' in page


def test_sells_of_another_kite_user_are_not_told(person, site):
    first, second = sells_first(site, person, BUY, SELL)
    person.get(person.place(first.id), status=303)
    with site.services.store.writing() as conn:
        conn.exec_driver_sql("UPDATE executions SET user_id = 'ZZ9999' WHERE id = ?", (first.id,))
    page = hand_off_page(person, second)
    assert waits(page)
    assert "Part 1 was finished in another browser" in page
    assert "of 10 sold" not in page
    assert rail(page)[0] == "done Part 1 of 2 came back"
    say(person, second, "go_on")
    assert ".submit()" in hand_off_page(person, second)


def test_what_was_sent_again_of_a_sell_counts(person, site):
    dear = SELL | {"order_type": "LIMIT", "price": "1590"}
    first, second = sells_first(site, person, BUY, dear, SELL | {"tradingsymbol": "TCS"})
    person.get(person.place(first.id), status=303)
    site.clock.advance(2)
    assert "INFY NSE: 0 of 10 sold" in receipt_page(person, first)
    order_id = person.receipt(first.id)["items"][0]["order_ids"][0]
    person.post(f"/executions/{first.id}/orders/cancel", status=303, press="0", order_id=order_id)
    site.clock.advance(2)
    assert waits(hand_off_page(person, second)), "cancelled, and not sold"
    page = person.get(f"/?again={first.id}", status=200).text
    changed = dict(controls(page)) | {"items-0-order_type": "MARKET", "items-0-price": ""}
    again = person.post("/", status=303, action="hand_off", **changed).location.rsplit("/", 1)[1]
    person.get(person.place(again), status=303)
    site.clock.advance(2)
    assert ".submit()" in hand_off_page(person, second)


def test_a_part_that_is_done_takes_no_answer_and_is_not_sent_again(person, site):
    first, second = sold_open(site, person)
    say(person, second, "go_on")
    person.get(person.place(second.id), status=303)
    for part in (first, second):
        assert person.get(f"/handoff/{part.id}", status=303).location == f"/executions/{part.id}"
        assert say(person, part, "stop").location == f"/executions/{part.id}"
    assert "stopped" not in causes(site, first.id)


def test_an_answer_that_is_none_is_refused(person, site):
    _, second = sold_open(site, person)
    say(person, second, "perhaps", status=400)
    person.post("/handoff/nothing/sequence", status=404, answer="stop")
    person.post(f"/handoff/{second.id}/sequence", status=400, token=False, answer="stop")


def test_without_an_order_book_the_person_decides(sites):
    site = sites(KITE_API_KEY="abcd1234", SECRET_KEY="a key of the tests, long enough for it")
    person = site.visitor()
    first, second = sells_first(site, person, BUY, SELL)
    state = person.form_of(first.id)["redirect_params"]
    person.get(f"/redirect?status=success&request_token=token&type=basket&action=basket&{state}", status=303)
    page = hand_off_page(person, second)
    assert waits(page)
    assert "This site cannot see if those of part 1 are filled." in page
    say(person, second, "go_on")
    assert ".submit()" in hand_off_page(person, second)


def headline(page):
    return text(next(tree(page).iter("h1")))


def twelve(sites):
    site = sites(KITE_BASKET_MAX_ITEMS="10")
    person = site.visitor()
    return (
        site,
        person,
        parts_of(site, person.compose(*[{"quantity": str(number + 1)} for number in range(12)])),
    )


def test_the_headline_counts_the_orders_of_every_part(sites):
    site, person, (first, second) = twelve(sites)
    person.get(person.place(first.id), status=303)
    site.clock.advance(5)
    assert headline(receipt_page(person, first)) == "10 of 12 filled, 2 not sent yet"
    to_kite = person.to_kite(second.id)
    assert headline(receipt_page(person, first)) == "10 of 12 filled, 2 on Kite"
    person.get(person.decide(to_kite, "place"), status=303)
    site.clock.advance(5)
    person.receipt(second.id)
    assert (
        headline(receipt_page(person, first)) == headline(receipt_page(person, second)) == "12 of 12 filled"
    )


def test_the_headline_counts_a_part_that_was_cancelled_and_what_was_sent_in_its_place(sites):
    site, person, (first, second) = twelve(sites)
    person.get(person.place(first.id), status=303)
    person.get(person.decide(person.to_kite(second.id), "cancel"), status=303)
    site.clock.advance(5)
    assert headline(receipt_page(person, first)) == "10 of 12 filled, 2 cancelled"
    again = person.post(f"/executions/{second.id}/again", status=303).location.rpartition("/")[2]
    assert headline(receipt_page(person, first)) == "10 of 12 filled, 2 cancelled"
    person.get(person.place(again), status=303)
    site.clock.advance(5)
    person.receipt(again)
    assert headline(receipt_page(person, first)) == "12 of 12 filled"
    page = receipt_page(person, parts_of(site, again)[0])
    assert headline(page) == "2 of 2 filled", "what was sent again is a basket of its own"


def test_the_headline_of_a_part_without_a_return_counts_as_not_known(sites):
    site, person, (first, second) = twelve(sites)
    person.get(person.place(first.id), status=303)
    person.to_kite(second.id)
    site.clock.advance(31 * 60)
    receipt_page(person, second)
    assert headline(receipt_page(person, first)) == "10 of 12 filled, 2 not known"
