"""The doctor: examines a site as Kite, a browser and the worker see it, and says what is wrong and
what to do about it.

Only the command line imports it. Start with `examination.py`, which runs the checks in their order.
"""
