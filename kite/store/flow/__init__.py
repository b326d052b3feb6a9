"""What happens to an execution: hand-offs, returns, order books, events, postbacks, codes, and
counts for rate limits.

It imports `base` alone; the flow in `kite.offsite` calls it. Start with `executions.py`.
"""
