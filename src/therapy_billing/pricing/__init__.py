"""Claim lines to dollars."""
