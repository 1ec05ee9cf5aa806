"""Who should be there: customer records, loaded and validated."""
