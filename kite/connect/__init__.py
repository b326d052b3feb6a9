"""Talking to Kite Connect: its official names for every call, typed answers, one exception for each
kind of refusal.

The packages above may import it; it knows nothing of executions. Start with `client.py`.
"""
