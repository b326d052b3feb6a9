"""Every route of the simulator says which part of Kite it stands in for. tests/addresses.txt lists
the policy of each.
"""

import pytest
from flask import Flask

from kite.simulator.core import surfaces
from kite.simulator.core.surfaces import POLICIES, KiteBlueprint, KiteSurface, UndeclaredKiteSurface


def page() -> str:
    return "a page"


def test_a_route_without_a_surface_is_refused():
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/forgotten", "forgotten", page)
    with pytest.raises(UndeclaredKiteSurface, match="forgotten"):
        surfaces.install(app)


def test_a_form_of_another_site_is_taken_only_where_the_route_says_so():
    app = Flask(__name__, static_folder=None)
    bp = KiteBlueprint("some", __name__, KiteSurface.PAGES)
    bp.add_url_rule("/read", "read", page)
    bp.add_url_rule("/decide", "decide", page, methods=["POST"])
    app.register_blueprint(bp)
    surfaces.install(app)
    policies = app.extensions[surfaces.EXTENSION]
    assert policies["some.read"].from_elsewhere
    assert policies["some.decide"] == POLICIES[KiteSurface.PAGES]
    assert not policies["some.decide"].from_elsewhere
