"""Whether an order is right, what would mend it, and what a person should know before they send it.

Whoever judges orders may import it; it reads formats and is read by none of them. Start with
`rules`, one small function for each rule, then `row_checker`, which applies them to one row.
"""
