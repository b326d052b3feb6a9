"""Work that no press starts: reading Kite in the background, erasing what is past its time,
postbacks, and live news.

It imports every other package of `kite.offsite`; the worker and the pages start it. Start with
`polling.py`.
"""
