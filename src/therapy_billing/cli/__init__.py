"""The command therapy-billing."""
