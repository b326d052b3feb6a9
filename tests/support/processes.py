"""Programs that a test starts, and that end with it, whatever becomes of the test."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any


@contextmanager
def started(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Start a program, and kill it with all that it has begun when the block ends.

    A program that outlived a failing test would be reported by whichever test is running when the
    memory is cleared up.
    """
    with subprocess.Popen(command, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):  # all of it has ended
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def started_together(
    number: int, command: Sequence[str | Path], **options: Any
) -> Iterator[list[subprocess.Popen[Any]]]:
    """Start a program several times at the same moment; none of them outlives the block."""
    with ExitStack() as stack:
        yield [stack.enter_context(started(command, **options)) for _ in range(number)]


def outputs_of_a_race(number: int, program: str, *arguments: str | Path) -> list[str]:
    """Run a Python program several times, release all of them at the same moment, and return what
    each printed after that.

    The program prints "ready" and waits for a line. It must write nothing to its standard error.
    """
    command = [sys.executable, "-c", program, *arguments]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with started_together(number, command, text=True, **pipes) as processes:
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        outputs = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in outputs] == [""] * number
    return [output for output, _ in outputs]
