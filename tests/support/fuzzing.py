"""How many examples the tests with generated input run.

`make test` runs few, the same in every run. `make soak` sets SOAK to a factor: that many times
more, others in every run. Hypothesis prints what reproduces a failure.
"""

import os

from hypothesis import HealthCheck, settings

SOAK = int(os.environ.get("SOAK", "1"))


def examples(number: int) -> settings:
    """Return settings for `number` examples, or as many times more as SOAK says.

    No example is judged by its time.
    """
    return settings(
        max_examples=number * SOAK,
        derandomize=SOAK == 1,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
