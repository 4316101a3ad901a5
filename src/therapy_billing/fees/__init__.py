"""What one unit is worth: relative values, localities, schedules, contracts, and CMS's files."""
