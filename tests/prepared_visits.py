"""Prepared visits of every kind, for the displays. All patients are invented."""

from __future__ import annotations

from functools import partial

from therapy_billing import (
    Accumulators,
    Choice,
    FeeSchedule,
    NoteEntry,
    PlanOfCare,
    PreparedVisit,
    Session,
    TimedService,
    TreatmentNote,
    UntimedService,
    prepare_visit,
)

__all__ = ["AUTHOR", "VISITS"]

AUTHOR = "A. Invented, PT"
"""The author of every choice."""
_DAY, _EARLIER = "2026-03-02", "2024-08-01"
_MINUTES = {"97530": 23, "97110": 20, "97112": 8}
_ohio = FeeSchedule.medicare(_DAY, locality="OH")
_ohio_earlier = FeeSchedule.medicare(_EARLIER, locality="OH")
_rates = FeeSchedule.from_rates({"97530": "40.42", "97110": "30.00", "97112": "35.00"})
_note = TreatmentNote(
    _DAY,
    "PT",
    [NoteEntry("97530", 23)],
    timed_minutes=23,
    total_minutes=23,
    signed=True,
    credentials="PT",
)
_session = partial(Session.from_minutes, date_of_service=_DAY, discipline="PT")


def _choices(visit: PreparedVisit) -> list[Choice]:
    """Return a choice of the last option of each decision."""
    return [
        Choice(each.id, each.options[-1].name, AUTHOR, "2026-03-02 17:40")
        for each in visit.decisions
    ]


def _visits() -> dict[str, PreparedVisit]:
    tied = prepare_visit(_session(_MINUTES), "medicare", _ohio)
    chosen = _choices(tied)
    used = Accumulators(2026, pt_slp=2470, deductible_met=283)
    above = prepare_visit(_session({"97530": 40, "97110": 20}), "medicare", _ohio, used)
    declined = Choice(above.decisions[0].id, "no-kx", AUTHOR, "2026-03-02 17:40")
    unsigned = prepare_visit(
        _session({"97530": 40, "97110": 20}), "medicare", _ohio, used, decisions=declined
    )
    bears = Choice(unsigned.decisions[1].id, "GZ", AUTHOR, "2026-03-02 17:40")
    blocked = Session(
        _EARLIER,
        "PT",
        [
            UntimedService("97161", activity="gait belt <script>"),
            UntimedService("97164"),
            TimedService("97110", 20, clinician="student", body_region="left knee"),
            TimedService("97140", 16),
        ],
    )
    return {
        "tied": tied,
        "ready": prepare_visit(_session(_MINUTES), "medicare", _ohio, decisions=chosen),
        "outdated": prepare_visit(
            _session({"97530": 24, "97110": 20, "97112": 9}), "medicare", _ohio, decisions=chosen
        ),
        "replaced": prepare_visit(
            _session(_MINUTES | {"97530": 22, "97112": 7}), "medicare", _ohio, decisions=chosen
        ),
        "liability": unsigned,
        "denied": prepare_visit(
            _session({"97530": 40, "97110": 20}),
            "medicare",
            _ohio,
            used,
            decisions=[declined, bears],
        ),
        "note": prepare_visit(
            _session({"97530": 23}), "medicare", _ohio, Accumulators(2026), notes=_note
        ),
        "own rates": prepare_visit(_session(_MINUTES), "cpt-midpoint", _rates),
        "blocked": prepare_visit(
            blocked,
            "medicare",
            _ohio_earlier,
            Accumulators(2024, deductible_met=240),
            plans=PlanOfCare("PT", "2024-06-03", "12 weeks"),
        ),
        "deadlines": prepare_visit(
            _session({"97530": 23, "97140": 16}),
            "medicare",
            _ohio,
            Accumulators(2026),
            plans=PlanOfCare("PT", "2026-01-05", "12 weeks"),
        ),
        "no fees": prepare_visit(_session(_MINUTES), "medicare"),
        "no method": prepare_visit(_session(_MINUTES), "aetna", _rates),
    }


VISITS = _visits()
