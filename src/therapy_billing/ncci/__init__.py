"""NCCI pairs and unit limits by date of service, and the readers of CMS's edit files."""
