"""Fixtures of the composer: its form, which needs no site around it, and the preview of an
import.
"""

from datetime import datetime

import pytest
from flask import Flask
from flask_babel import Babel

from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import load_bundled
from kite.vocabulary import IST
from kite.web.composer.forms import BasketForm
from tests.support.forms import controls

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=IST)


@pytest.fixture(scope="module")
def in_a_request():
    app = Flask(__name__)
    app.config.update(SECRET_KEY="for tests only", WTF_CSRF_ENABLED=False)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.fixture(scope="module")
def basket(tmp_path_factory, in_a_request):
    """A form of the composer for rows of texts, checked with the bundled instruments."""
    path = tmp_path_factory.mktemp("forms") / "instruments.db"
    load_bundled(path, NOW)
    catalogue = Catalogue(path)
    yield lambda *rows: BasketForm(rows, catalogue, NOW)
    catalogue.close()


@pytest.fixture
def take(composer):
    """Press a button of a preview."""

    def take(page, action="take"):
        return composer.post("/", data=dict(controls(page)) | {"action": action}).text

    return take
