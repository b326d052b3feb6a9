"""What each page costs, as a ratio to a bare Flask page of ten rows measured in the same run,
because machines differ.
"""
