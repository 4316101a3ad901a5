"""A result to the steps that led to it, each with its rule and source."""
