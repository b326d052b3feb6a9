"""The server: workers with threads, on loopback unless BIND says another address, and a log without
queries.
"""

import errno
import logging
import os
import re
import signal
import socket
import sys
import time
from pathlib import Path
from urllib.parse import quote

from gunicorn.glogging import Logger
from gunicorn.http.errors import LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker

host, port = os.environ.get("BIND") or "127.0.0.1", os.environ.get("PORT") or "8000"
if not port.isdecimal() or not 0 < int(port) < 65536:
    sys.exit(f"Not started. PORT is {port!r}. It takes a whole number from 1 to 65535, for example PORT=8000")

bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
# Two hundred watchers of receipts hold a thread each, waiting (kite/offsite/jobs/watchers.py); the
# others answer pages.
threads = 216
# Each worker listens for itself, so that the kernel spreads kept-alive connections evenly over
# them.
reuse_port = True
keepalive = 5
timeout = 30
graceful_timeout = 10
limit_request_line = 8190
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  a disk that is busy must not look like a dead worker
control_socket_disable = True
# Whether a proxy is believed is the application's decision: TRUSTED_PROXIES.
forwarded_allow_ips = ""

accesslog = "-"
access_log_format = '%(t)s %(h)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'

QUERY = re.compile(r"\?[^\s'\"]+")


class WithoutQueries(logging.Filter):
    """Cuts the query off every address that the server writes about: Kite's return carries a
    request_token there.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite `record`, and let it pass."""
        record.msg, record.args = QUERY.sub("?…", record.getMessage()), ()
        return True


class PathLogger(Logger):
    """Logs method and path; what a client put into a path cannot begin a new line."""

    def setup(self, cfg):
        """Set up gunicorn's logs as it does, and keep queries out of its own messages."""
        super().setup(cfg)
        self.error_log.addFilter(WithoutQueries())

    def atoms(self, resp, req, environ, request_time):
        """Return gunicorn's values for the access line, with the path quoted."""
        atoms = super().atoms(resp, req, environ, request_time)
        return atoms | {"U": quote(str(atoms["U"] or ""), safe="/-._~!$&()*+,;=:@", encoding="latin-1")}


logger_class = PathLogger

LINGERS, LARGEST_REST = 2.0, 1 << 20
"""Seconds, and bytes, for which the rest of a request that is refused is read: closing before would
take the answer back.
"""


class Worker(ThreadWorker):
    """gunicorn's worker with threads, which knows every connection that it has open.

    An address that is too long for it gets a page of the site, not a bare line.
    """

    def __init__(self, *args, **kwargs):
        """Begin with no connection."""
        super().__init__(*args, **kwargs)
        self.conns_in_threads = set()

    def enqueue_req(self, conn):
        """Give a connection to a thread. gunicorn itself forgets it until the thread's answer is
        read.
        """
        self.conns_in_threads.add(conn)
        super().enqueue_req(conn)

    def finish_request(self, conn, fs):
        """Take a connection back from its thread: gunicorn keeps it alive, closes it or gives it to
        a thread again.
        """
        self.conns_in_threads.discard(conn)
        super().finish_request(conn, fs)

    def handle_error(self, req, client, addr, exc):
        """Answer what could not be read."""
        # The simulator alone has no such page.
        if not isinstance(exc, LimitRequestLine) or "basket" not in self.wsgi.extensions:
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("An address was too long: %s", exc)
        try:
            client.sendall(_page_of_its_own(self.wsgi))
            client.shutdown(socket.SHUT_WR)
            _read_rest(client)
        except OSError as error:
            self.log.debug("Nobody waits for the page: %s", error)


worker_class = Worker


def _page_of_its_own(app):
    """Return the site's answer to an address that is too long, as it goes over the wire."""
    # Not imported above: the master would keep old code through a reload.
    from werkzeug.test import create_environ, run_wsgi_app

    from kite.web.site.request_bodies import ADDRESS_TOO_LONG

    parts, status, headers = run_wsgi_app(app, create_environ(environ_overrides={ADDRESS_TOO_LONG: True}))
    body = b"".join(parts)
    lines = [
        f"HTTP/1.1 {status}",
        *(f"{name}: {value}" for name, value in headers.items()),
        "Connection: close",
        "",
        "",
    ]
    return "\r\n".join(lines).encode("latin-1") + body


def _read_rest(client):
    until, size = time.monotonic() + LINGERS, 0
    while size < LARGEST_REST and (remaining := until - time.monotonic()) > 0:
        client.settimeout(remaining)
        piece = client.recv(1 << 16)
        if not piece:
            return
        size += len(piece)


def on_starting(server):
    """Stop at a wrong setting, and when somebody listens there: with reuse_port two sites would
    share the port and take turns answering.
    """
    _check_settings(server.app.app_uri)
    if "GUNICORN_PID" in os.environ:  # a new master that takes over from the old one
        return
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            sys.exit(f"Not started. PORT is {port}, and {bind} {why}. Choose another, for example PORT=8010")


def _check_settings(app_uri):
    """Stop in words before any worker starts: several that fail at once can make gunicorn end in a
    traceback of its own.

    Read in a child, or the master would keep old code through a reload.
    """
    child = os.fork()
    if not child:
        from kite.config import Settings, SimulatorSettings
        from kite.exceptions import ConfigError

        try:
            (SimulatorSettings if app_uri.endswith("simulator()") else Settings).from_env()
        except ConfigError as error:
            print(f"Not started. {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        sys.exit(status)


def post_worker_init(worker):
    """Let the worker stop and erase tokens in time; once the first has loaded the application, say
    where to look.
    """
    from kite.offsite.jobs.expiry import (
        start_forgetting,
    )  # not above: the master would keep old code through a reload

    _stop_without_waiting_for_itself(worker)
    services = worker.wsgi.extensions.get("basket")  # the simulator alone has none
    if services:
        worker.wsgi.extensions["closing"].callback(start_forgetting(services).close)
        worker.wsgi.extensions["live"].stopping = lambda: not worker.alive
    if worker.age == 1:
        print(f"\n  http://{bind}\n\n  Ctrl-C stops it.\n", flush=True)


def worker_exit(_server, worker):
    """Close what a worker that was told to stop at once still has open: it has left its loop before
    gunicorn's own clearing up. Then close the application.
    """
    if worker.tpool:  # nothing was loaded otherwise
        # Python waits for these threads in any case; after this their connections can be closed.
        worker.tpool.shutdown(cancel_futures=True)
    for connection in (
        *worker.conns_in_threads,
        *worker.keepalived_conns,
        *worker.pending_conns,
        *worker.sockets,
    ):
        connection.close()
    if worker.booted:
        # Python itself would do it later, when its pools of threads have worked off all that waits.
        worker.wsgi.extensions["closing"].close()


def _stop_without_waiting_for_itself(worker):
    """Stop at once at the word of the master, when the worker is between two events.

    gunicorn's own handler closes the pool of threads from within the signal. When that comes while
    the pool starts a thread, or a second time, the worker waits for a lock that it holds, until it
    is killed after graceful_timeout. Ctrl-C reaches every process of a terminal; the master's word
    is enough.
    """

    def stop(_signal, _frame):
        worker.alive = False
        worker.method_queue.defer(sys.exit, 0)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, stop)
