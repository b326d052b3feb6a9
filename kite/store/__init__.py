"""What is remembered, on SQLite or PostgreSQL: one module for each noun, functions over a connection, frozen dataclasses."""
