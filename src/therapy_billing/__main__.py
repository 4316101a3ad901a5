"""``python -m therapy_billing``: the same as the command ``therapy-billing``."""

from __future__ import annotations

from therapy_billing.cli.command import main

if __name__ == "__main__":
    raise SystemExit(main())
