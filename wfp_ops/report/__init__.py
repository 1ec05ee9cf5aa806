"""The page that can be mailed: what it is made of, and how it becomes a file."""
