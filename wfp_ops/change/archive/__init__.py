"""What is saved of a namespace or a Worker before it is deleted, and the way back."""
