"""The commands: thin, over the rooms below."""
