"""Orders as people, spreadsheets, pages and programs write them, read into items and written out
again.

Everything that takes orders from outside may import it: pages, commands, publishing. Start with
`row_reader`, which is the one reader of an order; the other modules find the orders in a line, a
table, JSON or a page.
"""
