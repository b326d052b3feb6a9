"""What Kite, its order system and the exchanges say when they refuse something, each text with the
code that it means.
"""

from tests.support.sources import ROOT

CORPUS = [
    tuple(line.split("\t"))
    for line in (ROOT / "tests/responses/refusals.tsv").read_text(encoding="utf-8").splitlines()
]
"""Codes and texts. Those that are unknown look like others."""
