"""The pages: with app.py and the simulator the only part that knows Flask."""
