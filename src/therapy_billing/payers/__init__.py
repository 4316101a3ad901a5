"""Payers, what each one does by date of service, and the files that describe them."""
