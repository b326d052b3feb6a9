"""What operators offer to others: published baskets, their links, and what a press of one leads to."""
