"""An apply while it goes on, seen from outside: who runs it, how far it is, what is asked of it."""
