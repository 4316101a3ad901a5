"""What would change: minutes to the next unit, other counting methods, other payers."""
