"""The doctor: looks at a site as Kite, a browser and the worker would, and says what is wrong and what to do
about it.
"""
