"""What is in hand already: contracts and hardware."""
