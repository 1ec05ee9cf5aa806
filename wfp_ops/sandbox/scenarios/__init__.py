"""Ready-made accounts for the sandbox: pure functions of a seed and a moment."""
