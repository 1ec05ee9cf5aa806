"""What exists: namespaces and Workers as frames, with proof of completeness."""
