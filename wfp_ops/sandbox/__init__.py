"""The embedded API server that behaves as Cloudflare does. Imports nothing of the rest."""
