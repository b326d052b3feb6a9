"""A person sees what is stored of them, takes it along, and has it deleted."""

import json

import pytest

from tests.support.axe import check_accessibility


@pytest.mark.parametrize(("device", "scripts"), [("desktop", True), ("phone", False)])
def test_a_person_takes_their_data_along_and_has_it_deleted(somebody, live_site, device, scripts):
    """At a site of their own: all journeys are those of one Kite client, and would be deleted with
    it.
    """
    person = somebody(device, scripts, site=live_site())
    execution_id = person.buy({"tradingsymbol": "INFY"})
    person.open("/executions")
    person.page.get_by_role("link", name="What is stored of you").click()
    if scripts:
        check_accessibility(person.page)
    with person.page.expect_download() as download:
        person.page.get_by_role("link", name="Download everything as JSON").click()
    records = json.loads(download.value.path().read_text())["records"]
    assert execution_id in {record.get("id") for record in records}
    person.page.get_by_role("button", name="Delete everything").click()
    person.page.get_by_text("Tick this first. Nothing was deleted.").wait_for()
    person.page.get_by_label("I have what I need, and want it all deleted here.").check()
    person.page.get_by_role("button", name="Delete everything").click()
    person.page.get_by_text("1 basket was deleted here").wait_for()
    assert person.status_of(f"/executions/{execution_id}") == 404
