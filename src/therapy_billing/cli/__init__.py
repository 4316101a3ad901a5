"""The command ``therapy-billing``."""
