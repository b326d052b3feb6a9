"""Changes the code at random places, one place at a time, and counts which changes the tests notice.

Begin at `__main__.py`, which is what `make mutants` runs. `changes.py` says what a change is: the operators
of mutmut, and three of our own. `reach.py` runs all tests once and remembers which of them execute which
line. `trial.py` runs the tests that reach a change against it. Both run pytest in the copies of the tree
that `runs.py` makes, with the plugin `selection.py`.
"""
