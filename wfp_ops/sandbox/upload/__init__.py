"""What an upload says: its form, its metadata, its bindings, its code."""
