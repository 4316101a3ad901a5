"""The text of a finding without its action, for assertions."""

from __future__ import annotations

from therapy_billing.findings.records import Finding


def said(finding: Finding) -> str:
    """Return the message and the detail of a finding as one text."""
    return f"{finding.message}. {finding.detail}" if finding.detail else finding.message
