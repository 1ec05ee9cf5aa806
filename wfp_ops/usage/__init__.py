"""What was used: from analytics to frames, for each customer; zeros and absence where they are proven."""
