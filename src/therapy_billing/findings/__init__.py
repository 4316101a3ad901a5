"""Findings and answers of checks, and how several become one report."""
