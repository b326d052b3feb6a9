"""What happens to an execution: hand-offs, returns, order books, events, postbacks, codes, and counts of what
is limited.

It imports `base` alone; the flow in `kite.offsite` is who calls it. Start with `executions.py`.
"""
