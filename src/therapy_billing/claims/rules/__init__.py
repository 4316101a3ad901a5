"""Pure rules of claim lines: assistants and modifiers."""
