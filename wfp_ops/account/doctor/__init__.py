"""What keeps an account from being worked with, and what to click: checks that only look."""
