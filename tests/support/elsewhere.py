"""Other people's pages: a little server under another origin than the site's, for pages with trade
buttons on them.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RESERVED = (
    "kite-button:not(:defined){display:inline-block;box-sizing:border-box;min-height:48px;padding:12px"
    " 14px;vertical-align:middle}"
)
"""The line of CSS that docs/embedding.md gives: a button that is not drawn yet has the room of one
that is.
"""

ARTICLE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Three changes for December</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; background: light-dark(#fff, #17171b); color: light-dark(#222, #e6e3dc); }}
body {{ max-width: 38rem; margin: 0 auto; padding: 1rem; font: 18px/1.6 Georgia, "Liberation Serif", serif; }}
h1, h2 {{ line-height: 1.25; }}
h2 {{ margin: 2.25rem 0 0; font-size: 1.25rem; }}
p {{ margin: .75rem 0; }}
{reserved}
</style>
{head}
</head>
<body>
<main>
<p>The Monthly Ledger, 20 November 2026</p>
<h1>Three changes for December</h1>
{body}
</main>
{script}
</body>
</html>"""

THREE = """<h2>Add a little SBIN</h2>
<p>Deposits grew faster than loans for the second quarter running. We add one tenth of the usual size and will look again after the results.</p>
<p><kite-button id="buy" data-exchange="NSE" data-tradingsymbol="SBIN" data-transaction_type="BUY" data-quantity="10"
 data-order_type="MARKET"></kite-button></p>
<h2>Let the fertiliser trade go</h2>
<p>The subsidy news is in the price. We sell at 742.50 or better.</p>
<p><kite-button id="sell" data-exchange="NSE" data-tradingsymbol="CHAMBLFERT" data-transaction_type="SELL" data-quantity="40"
 data-order_type="LIMIT" data-price="742.50"></kite-button></p>
<h2>Everyone else: the five</h2>
<p>If you would rather hold the whole list, the basket is rebalanced and ready.</p>
<p><kite-button id="basket" data-basket="{slug}" data-note="4 buy, 1 sell. You approve in Kite">
<a href="{site}/b/{slug}">Large five, December change</a></kite-button></p>
"""


@dataclass
class Elsewhere:
    """`pages` are HTML by path, `headers` what else is sent with one.

    `asked` is every path that was asked for.
    """

    url: str
    pages: dict[str, str | bytes] = field(default_factory=dict)
    headers: dict[str, Mapping[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, path: str, page: str | bytes, **headers: str) -> str:
        """Put a page under a path; return its address.

        `content_security_policy="…"` is the header of that name.
        """
        self.pages[path] = page
        self.headers[path] = {name.replace("_", "-"): text for name, text in headers.items()}
        return f"{self.url}{path}"


def article(body: str, script: str = "", head: str = "") -> str:
    """Return a page of an article."""
    return ARTICLE.format(body=body, script=script, head=head, reserved=RESERVED)


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """Listen on 127.0.0.1, and be asked as localhost, which is another site than 127.0.0.1 to a
    browser.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            there.asked.append(self.path)
            page = there.pages.get(path)
            body = page.encode() if isinstance(page, str) else page or b""
            self.send_response(200 if page is not None else 404)
            headers = {
                "Content-Type": "text/javascript" if path.endswith(".js") else "text/html; charset=utf-8"
            }
            for name, text in (headers | dict(there.headers.get(path, {}))).items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    there = Elsewhere(f"http://localhost:{server.server_port}", {"/favicon.ico": b""})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
