"""General code without billing rules: errors, validation, dates, money, and files."""
