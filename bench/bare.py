"""The yardsticks: a Flask page of ten rows from a Jinja template, a WTForms list of ten items, and
nothing else.
"""

import wtforms
from flask import Flask, redirect, render_template
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms.validators import InputRequired, NumberRange, Optional

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
app.config["SECRET_KEY"] = "a yardstick has no secrets"


class ItemForm(wtforms.Form):
    """As many fields as the composer has, of WTForms' own kinds, with its own checks."""

    variety = wtforms.SelectField(choices=["regular", "amo", "co"])
    tradingsymbol = wtforms.StringField(validators=[InputRequired()])
    exchange = wtforms.SelectField(choices=["NSE", "BSE", "NFO", "BFO", "CDS", "BCD", "MCX"])
    transaction_type = wtforms.SelectField(choices=["BUY", "SELL"])
    order_type = wtforms.SelectField(choices=["MARKET", "LIMIT", "SL", "SL-M"])
    product = wtforms.SelectField(choices=["CNC", "NRML", "MIS"])
    quantity = wtforms.IntegerField(validators=[InputRequired(), NumberRange(min=1)])
    price = wtforms.DecimalField(validators=[Optional()])
    trigger_price = wtforms.DecimalField(validators=[Optional()])
    disclosed_quantity = wtforms.IntegerField(validators=[Optional()])
    validity = wtforms.SelectField(choices=["DAY", "IOC"])
    tag = wtforms.StringField(validators=[Optional()])
    readonly = wtforms.BooleanField()


class BasketForm(FlaskForm):
    """A list of items, with Flask-WTF's own token against forged requests."""

    items = wtforms.FieldList(wtforms.FormField(ItemForm), min_entries=1)


@app.get("/")
def show() -> str:
    """Show the rows."""
    return render_template("bare.html", rows=ROWS)


@app.get("/form")
def token() -> str:
    """Show the token that a post needs."""
    return str(BasketForm().csrf_token())


@app.post("/form")
def check() -> Response | tuple[str, int]:
    """Check ten items and lead on."""
    form = BasketForm()
    return redirect("/", 303) if form.validate_on_submit() else (str(form.errors), 400)
