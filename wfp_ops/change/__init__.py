"""The only code that changes an account."""
