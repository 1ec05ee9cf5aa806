"""The frames that users see: columns, provenance, and how they leave the program."""
