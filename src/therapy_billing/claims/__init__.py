"""Units to claim lines with modifiers."""
