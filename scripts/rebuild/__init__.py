"""The parts of ``rebuild_years.py``."""
