"""Show the worklist of a log as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from therapy_billing.base.money import total
from therapy_billing.base.wording import counted, printable
from therapy_billing.prepare.decisions_file import DecisionRow
from therapy_billing.prepare.prepared_visit import VisitStatus, WorkItem, WorkKind

__all__ = ["state_text", "worklist_text"]


def worklist_text(items: Sequence[WorkItem], rows: Iterable[DecisionRow]) -> str:
    """
    Return what to do, the most dollars first, with the options of each decision.

    Args:
        items: The work items of the visits of a log.
        rows: The decisions of these visits.
    """
    if not items:
        return "Nothing is left to do.\n\n"
    of_item = {(row.patient, row.date_of_service, row.decision): row for row in rows}
    text = "To do\n\n"
    for item in items:
        head = [printable(item.patient or ""), str(item.date_of_service)]
        head.append(item.who or item.kind.value)
        if item.dollars is not None:
            head.append(f"${item.dollars:,}")
        if item.by is not None:
            head.append(f"by {item.by}")
        row = of_item.get((item.patient or "", item.date_of_service, item.about))
        lines = [item.task if row is None else row.question, *_about(item, row)]
        text += "\n".join(["  ".join(head), *(f"  {line}" for line in lines)]) + "\n\n"
    return text


def _about(item: WorkItem, row: DecisionRow | None) -> Iterator[str]:
    if row is not None:
        for option in row.options:
            default = " [default]" if option.startswith(f"{row.default}: ") else ""
            yield f"- {option}{default}"
    is_decision = item.kind in (WorkKind.DECISION, WorkKind.OUTDATED)
    yield f"{'Decision' if is_decision else 'Rule'}: {item.about}"


def state_text(counts: Mapping[VisitStatus, int], rows: Iterable[DecisionRow]) -> str:
    """Return how many visits are ready, and what depends on the open decisions."""
    visits = counted(sum(counts.values()), "visit")
    states = ", ".join(
        f"{counts.get(each, 0)} {each.value.replace('-', ' ')}"
        for each in VisitStatus
        if each is not VisitStatus.NOT_BILLED or each in counts
    )
    text = f"{visits}: {states}.\n"
    still_open = [row for row in rows if row.is_open]
    if still_open:
        dollars = total(row.dollars for row in still_open if row.dollars is not None)
        text += f"{counted(len(still_open), 'open decision')}: the answers can change up to ${dollars:,}.\n"
    return text
