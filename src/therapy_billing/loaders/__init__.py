"""Files to records, one module a kind of file."""
