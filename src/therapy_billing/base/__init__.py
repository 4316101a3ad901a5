"""Foundations that know nothing of billing: errors, validation, dates, money, files."""
