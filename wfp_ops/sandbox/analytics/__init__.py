"""The GraphQL Analytics endpoint: traffic that is computed, not stored, and queries over it."""
