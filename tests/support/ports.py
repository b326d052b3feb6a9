"""Ports for servers that tests start."""

import os
import random
import socket

# Below the ports that the kernel gives to outgoing connections, so that none of those takes one
# before its server does. The test processes that run side by side begin at different places.
_CHOICE = random.Random(os.getpid())


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens."""
    while True:
        port = _CHOICE.randrange(12_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def is_taken(port: int) -> bool:
    """Whether somebody listens at a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
