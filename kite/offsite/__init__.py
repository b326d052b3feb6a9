"""The flow itself: hand off, return, read what Kite did, say what became of every item. Knows no web framework."""
