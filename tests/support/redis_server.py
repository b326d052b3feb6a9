"""A real Redis for tests, on a port of its own, that keeps nothing."""

import shutil
import subprocess
from pathlib import Path

import redis

from tests.support.person import until
from tests.support.ports import free_port


class RedisServer:
    """A server on loopback that can be stopped. `url` is its address."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        assert program, "Redis is missing: make test installs it"
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        command = [
            program,
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(folder),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(self.answers, "Redis answers")

    def answers(self) -> bool:
        client = redis.Redis.from_url(self.url)
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
        finally:
            client.close()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
