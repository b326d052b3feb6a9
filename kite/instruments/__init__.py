"""What can be traded today: Kite's daily list of instruments, kept as a SQLite file of its own."""
