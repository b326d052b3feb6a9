"""What other people's pages, apps and servers use: published baskets, the embed script's presses,
buttons, the API, the webview check.

It imports every package of `kite.web` but the operator's; nobody imports it but `blueprints.py`. Start
with `basket_page.py`.
"""
