"""What a month costs, and whose part of it is whose: prices, the bill, its allocation, the table."""
