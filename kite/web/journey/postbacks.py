"""The address that Kite posts order updates to. It knows no visit and sets no cookie."""

from typing import cast

from flask import Flask, Response, current_app, make_response, request

from kite.offsite.base.services import Services
from kite.offsite.jobs import postbacks
from kite.offsite.jobs.postbacks import BODY_LIMIT, PostbackVerdict, Readers
from kite.store.flow import events
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint

# Some register one address at Kite for postbacks and returns, so a browser that opens this one is
# taken in.
bp = SurfaceBlueprint("postbacks", __name__, Surface.SERVER_TO_SERVER)

EXTENSION = "postback readers"
ANSWERS = {
    PostbackVerdict.KEPT: 200,
    PostbackVerdict.KNOWN: 200,
    PostbackVerdict.FORGED: 403,
    PostbackVerdict.UNREADABLE: 400,
}


def install(app: Flask, site: Services) -> Readers:
    """Start the threads that read Kite after a postback, and return them.

    The caller closes them.
    """
    readers = app.extensions[EXTENSION] = Readers(site)
    return readers


@bp.post("/postback")
def receive() -> Response:
    """Record a postback and answer it; Kite is read for it once the answer is out.

    The body counts, not what its header calls it: Kite documents no content type.
    """
    request.max_content_length = BODY_LIMIT
    readers = cast(Readers, current_app.extensions[EXTENSION])
    with events.acting("Kite", request.remote_addr):
        postback = postbacks.receive(services(), request.get_data(cache=False))
    response = make_response(f"{postback.verdict}\n", ANSWERS[postback.verdict])
    response.content_type = "text/plain; charset=utf-8"
    if execution_id := postback.execution_id:
        # The answer goes out first: nothing says how long Kite waits for it, and a reading takes
        # its time.
        response.call_on_close(lambda: readers.ask(execution_id))
    return response
