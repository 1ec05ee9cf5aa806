"""Inventory against customers → findings and the joined table."""
