"""That nothing was placed, sent or changed is said only where it is proved: claims.txt is the
reviewed list.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.support.claims import claims, is_claim, of_python, of_script, of_template
from tests.support.sources import ROOT

LIST = Path(__file__).with_name("claims.txt")


def reviewed() -> dict[tuple[str, str], str]:
    """The proofs, by file and sentence."""
    lines = [
        line for line in LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]
    return {(place, sentence): proof for place, sentence, proof in (line.split(" | ") for line in lines)}


def test_no_sentence_claims_that_nothing_happened_outside_the_reviewed_list():
    new = sorted(claims() - reviewed().keys())
    assert not new, "what proves these? Say less, or add them to tests/claims.txt with the proof"


def test_the_list_holds_no_sentence_that_is_gone_and_none_twice():
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert lines == sorted(set(lines))
    assert not sorted(reviewed().keys() - claims())


def test_every_proof_says_something_and_the_tests_it_names_exist():
    tests = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    files = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    for (place, sentence), proof in reviewed().items():
        assert len(proof) > 10, f"{place}: {sentence}"
        assert set(re.findall(r"\btest_\w+", proof)) <= tests | files, proof


@pytest.mark.parametrize(
    "sentence",
    [
        "Nothing was placed and nothing was changed.",
        "Nothing was sent.",
        "No order was placed.",
        "Your order book holds no order of ours.",
        "It was not sent, and you can send it again.",
        "This basket wasn’t placed.",
        "Kite was not asked for anything.",
        "Your orders were never placed.",
        "Not placed",
        "The basket is unchanged.",
        "Your receipts are as they were.",
        "Cancelling places nothing.",
        "We’ve seen no order.",
    ],
)
def test_a_claim_is_recognised(sentence):
    assert is_claim(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Orders may have been placed.",
        "Market orders take no price.",
        "Place it again.",
        ".note:not([open]) > b",
        "Not known",
    ],
)
def test_what_claims_nothing_is_left_alone(sentence):
    assert not is_claim(sentence)


def test_sentences_are_found_wherever_they_stand():
    template = """<p>Nothing was placed.</p>{{ _("Nothing was sent.") }}{% trans at=x %}Nothing was changed at {{ at }}.{% endtrans %}
{{ ngettext("%(num)s order was not placed.", "%(num)s orders were not placed.", 2) }}{# Nothing was lost. #}
{{ _("It was read today. It"
  " was not sent.") }}"""
    assert {text for text in of_template(template) if is_claim(text)} == {
        "Nothing was placed.", "Nothing was sent.", "Nothing was changed at ….", "%(num)s order was not placed.", "%(num)s orders were not placed.",
        "It was read today. It was not sent.",
    }  # fmt: skip
    assert list(of_script('say("Nothing was sent."); x.querySelector("b")')) == ["Nothing was sent."]
    module = ast.parse('"""Nothing was sent."""\nWORDS = f"Nothing was placed. {x}"')
    assert [text for text in of_python(module) if is_claim(text)] == ["Nothing was placed."]
