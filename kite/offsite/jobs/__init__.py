"""What happens without anybody's press: reading Kite in the background, what runs out by the clock,
postbacks, and live news.

It imports every other room of `kite.offsite`; the worker and the pages start it. Start with `polling.py`.
"""
