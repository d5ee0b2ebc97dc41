"""Times for buyers: offered, chosen, moved, called off; and what then goes out."""
