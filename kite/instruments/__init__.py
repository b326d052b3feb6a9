"""What can be traded today: Kite's daily list of instruments, kept as a SQLite file of its own.

Whoever reads or judges an order may import it. Start with `catalogue.py`, which answers questions,
and `catalogue_writer.py`, which writes the file.
"""
