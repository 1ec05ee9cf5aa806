"""What can be set, where it comes from, and which account it means."""
