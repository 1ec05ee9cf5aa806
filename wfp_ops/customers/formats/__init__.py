"""The sources of a customer list: each module turns one format into a RawTable and judges nothing."""
