"""The append-only, hash-chained record of an apply: written ahead, checked on every reading."""
