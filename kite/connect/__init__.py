"""Talking to Kite Connect: its official names for every call, typed answers, one exception for each
kind of refusal.
"""
