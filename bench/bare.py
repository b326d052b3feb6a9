"""The yardstick: a Flask page of ten rows from a Jinja template, and nothing else."""

from flask import Flask, render_template_string

PAGE = """<!doctype html><title>Ten rows</title><table>{% for row in rows %}
<tr><td>{{ row.number }}</td><td>{{ row.tradingsymbol }}</td><td>{{ row.quantity }}</td><td>{{ row.price }}</td></tr>{% endfor %}</table>"""


def bare_app() -> Flask:
    """Return the application."""
    app = Flask(__name__)
    rows = [{"number": number, "tradingsymbol": "M&M", "quantity": 10 * number, "price": f"{number}.05"} for number in range(10)]

    @app.get("/")
    def show() -> str:
        return render_template_string(PAGE, rows=rows)

    return app
