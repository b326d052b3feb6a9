"""Everything by buttons: a browser without scripts from an empty page to a settled receipt."""

import pytest

from tests.support.person import BASKET_PAGE, until

DEVICES = pytest.mark.parametrize("device", ["phone", "desktop"])


def typed(person, field):
    """What stands in a field, row by row."""
    return [one.input_value() for one in person.page.locator(f"[name$='-{field}']").all()]


@DEVICES
def test_rows_are_added_copied_moved_and_removed_by_buttons(somebody, device):
    person = somebody(device, scripts=False)
    person.compose(
        {"tradingsymbol": "INFY"}, {"tradingsymbol": "SBIN", "quantity": "7"}, {"tradingsymbol": "not yet"}
    )
    person.press("duplicate-2")
    assert typed(person, "tradingsymbol") == ["INFY", "SBIN", "not yet", "not yet"]
    person.fill(3, tradingsymbol="TCS", quantity="1e3")
    person.press("up-3")
    assert typed(person, "tradingsymbol") == ["INFY", "SBIN", "TCS", "not yet"]
    assert typed(person, "quantity") == ["10", "7", "1e3", "10"]
    person.press("remove-3")
    person.page.locator("[name=items-0-tradingsymbol]").evaluate("one => one.closest('details').open = true")
    person.press("down-0")
    assert typed(person, "tradingsymbol") == ["SBIN", "INFY", "TCS"]
    assert typed(person, "quantity") == ["7", "10", "1e3"]
    assert person.page.url == f"{person.site.url}/"


@DEVICES
def test_a_basket_with_errors_keeps_what_was_typed_and_leads_to_each(somebody, device):
    person = somebody(device, scripts=False, allow=("422 (UNPROCESSABLE",))
    person.compose(
        {"tradingsymbol": "INFI", "quantity": "ten", "tag": "mine"},
        {
            "tradingsymbol": "SBIN",
            "transaction_type": "SELL",
            "order_type": "SL",
            "quantity": "5",
            "price": "700",
            "validity": "IOC",
            "readonly": "y",
        },
    )
    person.press("hand_off")
    links = person.page.locator("main a[href^='#items-']")
    targets = [link.get_attribute("href") for link in links.all()]
    assert targets == ["#items-0-tradingsymbol", "#items-0-quantity", "#items-1-trigger_price"]
    for link, target in zip(links.all(), targets, strict=True):
        link.click()
        assert person.page.url.endswith(target)
        assert person.page.locator(target).is_visible()
        assert person.page.locator(target).get_attribute("aria-invalid") == "true"
    assert typed(person, "tradingsymbol") == ["INFI", "SBIN"]
    assert typed(person, "quantity") == ["ten", "5"]
    assert typed(person, "tag") == ["mine", ""]
    assert typed(person, "price") == ["", "700"]
    assert typed(person, "validity") == ["DAY", "IOC"]
    assert person.page.locator("[name=items-1-transaction_type][value=SELL]").is_checked()
    assert person.page.locator("[name=items-1-readonly]").is_checked()
    assert not person.page.locator("[name=items-0-readonly]").is_checked()


def test_the_whole_way_goes_by_visible_buttons(somebody):
    person = somebody("phone", scripts=False)
    person.compose({"tradingsymbol": "SIMPARTIAL", "readonly": "y"})
    person.press("hand_off")
    person.page.wait_for_url("**/handoff/*")
    execution_id = person.page.url.rpartition("/")[2]
    button = person.page.locator("#basket-form button")
    assert button.is_visible()
    button.click()
    person.page.wait_for_url(BASKET_PAGE)
    person.log_in()
    assert person.page.locator("[name=items-0-quantity]").get_attribute("readonly") is not None
    person.place()
    assert person.receipt(execution_id)["state"] in ("returned", "settled")
    until(
        lambda: person.check_again(execution_id) or person.page.locator("main[data-live=off]").count(),
        "the receipt is settled",
    )
    assert person.heading() == "0 of 1 filled, 1 partly"
    assert "6 of 10 filled, the rest ended" in person.page.inner_text("main")
