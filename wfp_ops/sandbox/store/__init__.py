"""What the sandbox remembers: SQLite tables and the questions asked of them."""
