"""Find Chromium, which the browser tests need, or install it."""

from __future__ import annotations

import os
import shutil
import subprocess

__all__ = ["find_chromium", "install_chromium"]

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Return the path of Chromium; None if it is not installed."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def install_chromium() -> str | None:
    """
    Return the path of Chromium. If it is missing, install it first with apt-get.

    Only root on Debian or Ubuntu can install it. Otherwise, or if the installation fails, return None.
    """
    apt = shutil.which("apt-get")
    if find_chromium() is None and apt is not None and os.name == "posix" and os.geteuid() == 0:
        for words in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(
                [apt, "--quiet", *words],
                check=False,
                capture_output=True,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            )
    return find_chromium()
