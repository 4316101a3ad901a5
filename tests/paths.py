"""Paths of the project's files, and of published files that may be next to the project."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "therapy_billing"
DATA = SOURCE / "data"
DOCS = ROOT / "docs"
EXAMPLE_FILES = ROOT / "tests" / "examples"
SHARED_DATA = ROOT.parent / "shared" / "data"
FACTS = Path(os.environ.get("THERAPY_BILLING_FACTS") or SHARED_DATA / "facts")
CMS_FILES = Path(os.environ.get("THERAPY_BILLING_CMS_FILES") or SHARED_DATA / "cms")
