"""What operators offer to others: published baskets, their links, the presses of them, and how
those end.

It knows no web framework; the worker, the doctor, the pages and the command line import it. Start
with `offers.py`, and follow a press through `pressing.py` to `ending.py`.
"""
