"""Codes and their facts, modifiers, and the roles and settings that bills name."""
