"""The real thing: gunicorn with the site or the simulator, in processes of its own, as `make run`
starts them.
"""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.ports import is_taken

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
"""Seconds in which a server must answer; the machine may be busy with other tests."""

UNLIMITED = {"HANDOFFS_PER_VISIT": "1000000", "HANDOFFS_PER_ADDRESS": "1000000"}
"""Tests all come from one address, and some from one browser; what the limits do is tested where it
belongs.
"""


class Live:
    """A server on 127.0.0.1. `url` is its address, `instance` the folder of what it writes."""

    def __init__(self, target: str, instance: Path, port: int, environ: dict[str, str]) -> None:
        self.target, self.instance, self.port, self.url = target, instance, port, f"http://127.0.0.1:{port}"
        # Nothing of the person who runs the tests: a Kite key in the environment would change what
        # is tested.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self.environ = (
            kept
            | {"PYTHONUNBUFFERED": "1", "PORT": str(port), "INSTANCE_PATH": str(instance)}
            | UNLIMITED
            | environ
        )
        self.process: subprocess.Popen[bytes] | None = None
        self._log = instance / "server.log"
        instance.mkdir(parents=True, exist_ok=True)

    def prepare(self) -> None:
        """Do what stands before every start."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", "prepare"],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        with self._log.open("a") as log:
            log.write(done.stdout + done.stderr)
        assert done.returncode == 0, f"flask --app app prepare failed:\n{self.log()}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", self.target]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )
        began = time.monotonic()
        while not self.answers():
            assert self.process.poll() is None, (
                f"{self.target} ended with {self.process.returncode}:\n{self.log()}"
            )
            assert time.monotonic() - began < PATIENCE, (
                f"{self.target} does not answer at {self.url}:\n{self.log()}"
            )
            time.sleep(0.05)

    def connection(self) -> http.client.HTTPConnection:
        """A connection to it."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)

    def answers(self) -> bool:
        """Whether any answer comes, an error included."""
        connection = self.connection()
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def log(self) -> str:
        """Everything it has written so far."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it and all its workers at once, with no chance to finish anything."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self._wait_for_port()
        self.process = None

    def _wait_for_port(self) -> None:
        """Wait until the workers are gone too: they were killed with the master, and may hold the
        port a moment longer.
        """
        began = time.monotonic()
        while is_taken(self.port):
            assert time.monotonic() - began < PATIENCE, f"{self.url} is still in use"
            time.sleep(0.01)


LiveFactory = Callable[..., Live]
"""Called with settings as keywords (`KITE_API_KEY="…"`); returns a server that answers."""
