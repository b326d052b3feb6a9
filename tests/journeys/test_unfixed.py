"""A person meets every rule that has no button to mend it: all are told at their fields, and typing
mends them.
"""

import json
from urllib.parse import urlencode

from playwright.sync_api import expect

from tests.support.met import TYPED
from tests.support.person import BASKET_PAGE


def test_rules_without_a_button_are_told_at_their_fields_and_typing_mends_them(somebody):
    person = somebody("phone", scripts=False)
    person.open(f"/?{urlencode({'data': json.dumps([item for item, *_ in TYPED])})}")
    person.press("hand_off")
    for row, (_, field, sentence, _) in enumerate(TYPED):
        expect(person.page.locator(f"#items-{row}-{field}-error")).to_contain_text(sentence)
    for row, (_, field, _, mended) in enumerate(TYPED):
        person.fill(row, **{field: mended})
    person.press("hand_off")
    person.page.locator("#basket-form button").click()
    person.page.wait_for_url(BASKET_PAGE)
