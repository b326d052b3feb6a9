"""What a person composes: items, the rules they keep, and how a basket is split.

Pure: no web, no store, no clock.
"""
