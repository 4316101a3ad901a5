"""Foundations that know nothing about billing: errors, validation, dates, money, and files."""
