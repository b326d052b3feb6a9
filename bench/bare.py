"""The yardstick: a Flask page of ten rows from a Jinja template, and nothing else."""

from flask import Flask, render_template

ROWS = [
    {
        "number": number,
        "tradingsymbol": "M&M",
        "exchange": "NSE",
        "transaction_type": "BUY",
        "quantity": 10 * number,
        "order_type": "LIMIT",
        "price": f"{number}.05",
        "product": "CNC",
    }
    for number in range(1, 11)
]

app = Flask(__name__)


@app.get("/")
def show() -> str:
    """Show the rows."""
    return render_template("bare.html", rows=ROWS)
