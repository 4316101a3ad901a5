"""The order of steps: it resolves dates and payers, and passes plain numbers to the rules."""
