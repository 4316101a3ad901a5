"""Show results as text, HTML, CSV, and JSON."""
