"""The guards: each a small pure function that says whether it lets a plan, or an item of it, pass."""
