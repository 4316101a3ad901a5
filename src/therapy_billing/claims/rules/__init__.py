"""Rules for claim lines as pure functions: assistants and modifiers."""
