"""Minutes to billable units."""
