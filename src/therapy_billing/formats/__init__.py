"""Results as text, HTML, CSV, and JSON."""
