"""The ``therapy-billing`` command."""
