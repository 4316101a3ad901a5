"""
Write records as JSON and read them back, with a JSON Schema for each; and write days for the command.

The order of a record: ``kinds`` finds its class, ``forms`` converts it by its type hints, ``tables`` stores its citations,
rules, and policies once, and ``documents`` adds the envelope.
"""
