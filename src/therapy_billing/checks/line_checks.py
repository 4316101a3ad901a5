"""What the lines of a claim tell of themselves: their codes and modifiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.wording import listed
from therapy_billing.checks.claimed_day import NO_KX, ClaimedDay, ClaimReport, is_timed
from therapy_billing.checks.rules import (
    add_ons_alone,
    beyond_once,
    duplicate_lines,
    exclusive_lines,
    paid_apart,
    plan_is_allowed,
)
from therapy_billing.claims.rules.line_modifiers import (
    assistant_faults,
    contradicts_kx,
    not_taken,
    ordered,
    plans_named,
    without_room,
)
from therapy_billing.codes.code_book import CodeFacts, TherapyClass, code_in_force
from therapy_billing.codes.modifiers import assistant_modifiers, load_modifiers, plan_modifiers
from therapy_billing.codes.roles import Discipline
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.law.sources import Source, parse_source
from therapy_billing.payers.policy import COMMON_ORDER

__all__ = [
    "check_add_on_alone",
    "check_assistant_modifier_plan",
    "check_discipline_only",
    "check_exclusive_codes",
    "check_kx_with_liability",
    "check_modifier_allowed",
    "check_modifier_count",
    "check_modifier_order",
    "check_once_a_day",
    "check_one_evaluation",
    "check_one_line_a_code",
    "check_payable_code",
    "check_plan_modifier",
]


def check_plan_modifier(day: ClaimedDay) -> Findings:
    """See whether each line names one plan of care."""
    check = day.report("plan-modifier")
    plans = tuple(plan_modifiers().values())
    planless: list[str] = []
    for place, line in enumerate(day.lines):
        named = plans_named(line.modifiers, plans=plans)
        facts = day.facts(line.code)
        if len(named) > 1:
            check.find(
                Severity.DENY,
                f"{line.code} names {' and '.join(named)}: a line belongs to one plan of care",
                "keep the modifier of the plan under which it was given",
                (place,),
                denied=(place,),
            )
        elif named or facts is None or facts.therapy_class is TherapyClass.NOT_COVERED:
            continue
        elif not day.policy.counting.medicare_codes:
            planless.append(line.code)
        else:
            always = facts.therapy_class is TherapyClass.ALWAYS
            check.find(
                Severity.DENY if always else Severity.INFO,
                f"{line.code} is {'always' if always else 'sometimes'} therapy and has no GP, GO or GN",
                "add the modifier of the plan of care"
                + ("" if always else ", if it was given under one"),
                (place,),
                denied=(place,) if always else (),
                figures=facts.sources["therapy"],
            )
    if planless:
        remark = "whether this payer wants GP, GO or GN is not known"
        check.answer(Answer.NOT_IN_DATA, remark, planless)
    return check.findings()


def check_assistant_modifier_plan(day: ClaimedDay) -> Findings:
    """See whether CQ stands with GP and CO with GO, on codes that take them."""
    check = day.report("assistant-modifier-plan")
    plan_of = {
        modifier: plan_modifiers()[discipline]
        for discipline, modifier in assistant_modifiers().items()
    }
    for place, line in enumerate(day.lines):
        facts = day.facts(line.code)
        for modifier in assistant_faults(line.modifiers, belongs_to=plan_of):
            check.find(
                Severity.DENY,
                f"{modifier} on {line.code} stands without {plan_of[modifier]}",
                f"bill {modifier} with {plan_of[modifier]} on the same line, or take it off",
                (place,),
                denied=(place,),
            )
        if line.assistant and facts is not None and not facts.assistant_modifier:
            check.find(
                Severity.DENY,
                f"{line.code} takes no assistant modifier",
                "take CQ or CO off",
                (place,),
                denied=(place,),
                figures=facts.sources["assistant"],
            )
    return check.findings()


def check_modifier_count(day: ClaimedDay) -> Findings:
    """See whether the modifiers of each line fit on a claim."""
    check = day.report("modifier-count")
    try:
        most = day.parameters.count("claim_line_modifiers", day.date_of_service)
    except NotPublishedError as error:
        check.answer(Answer.OUT_OF_RANGE, str(error))
        return check.findings()
    for place, line in enumerate(day.final_lines):
        wanted = ordered(line.modifiers, order=day.policy.modifiers.modifier_order)
        extra = without_room(wanted, most=most)
        if extra:
            check.find(
                Severity.DENY,
                f"{line.code} has {len(line.modifiers)} modifiers, and a claim line holds "
                f"{most}: no room for {', '.join(extra)}",
                "leave out one that the payer does not need, and keep it in the record",
                (place,),
                denied=(place,),
            )
    return check.findings()


def check_modifier_order(day: ClaimedDay) -> Findings:
    """See whether the modifiers of each line are in the payer's order."""
    check = day.report("modifier-order")
    if day.policy.modifiers.modifier_order == COMMON_ORDER:
        # No source tells that a payer minds, unless its policy says so.
        return check.not_applicable("the payer's policy sets no order of modifiers")
    for place, line in enumerate(day.final_lines):
        wanted = ordered(line.modifiers, order=day.policy.modifiers.modifier_order)
        if wanted != line.modifiers:
            check.find(
                Severity.INFO,
                f"{line.code} has {' '.join(line.modifiers)}; the payer's order is {' '.join(wanted)}",
                "write them in the payer's order",
                (place,),
            )
    return check.findings()


def check_modifier_allowed(day: ClaimedDay) -> Findings:
    """See whether the payer takes the modifiers."""
    check = day.report("modifier-allowed")
    if day.policy.modifiers.allowed_modifiers is None:
        return check.not_applicable("the payer's policy lists no allowed modifiers")
    for place, line in enumerate(day.final_lines):
        foreign = not_taken(line.modifiers, allowed=day.policy.modifiers.allowed_modifiers)
        if foreign:
            check.find(
                Severity.REVIEW,
                f"{line.code} has {', '.join(foreign)}, which the payer does not take",
                f"take {', '.join(foreign)} off, or ask the payer",
                (place,),
                denied=(place,),
            )
    return check.findings()


def check_payable_code(day: ClaimedDay) -> Findings:
    """See whether each code is one of the day, and paid apart by Medicare."""
    check = day.report("payable-code")
    unknown = []
    for place, line in enumerate(day.lines):
        facts = day.facts(line.code)
        if facts is None:
            unknown.append(line.code)
            continue
        instead = (
            f"; it takes {' or '.join(facts.medicare_instead)}" if facts.medicare_instead else ""
        )
        try:
            code_in_force(line.code, day.date_of_service)
        except InvalidInputError as error:
            check.find(
                Severity.DENY,
                str(error),
                "bill the code of that day",
                (place,),
                denied=(place,),
                figures=facts.sources["validity"],
            )
            continue
        except NotPublishedError as error:
            check.answer(Answer.OUT_OF_RANGE, str(error), [line.code])
            continue
        if not day.policy.counting.medicare_codes:
            continue
        refused = facts.medicare_refuses or facts.therapy_class is TherapyClass.NOT_COVERED
        paid = paid_apart(facts.medicare_status, refused=refused)
        if paid is False:
            check.find(
                Severity.DENY,
                f"Medicare does not pay {line.code}{instead}",
                f"bill {' or '.join(facts.medicare_instead) or 'nothing for it'}",
                (place,),
                denied=(place,),
                figures=facts.sources.get("medicare", ()),
            )
        elif paid is None:
            check.find(
                Severity.INFO,
                f"{line.code} is bundled: Medicare pays nothing apart for it",
                "expect no payment of this line",
                (place,),
                figures=facts.sources["medicare"],
            )
    if unknown:
        check.answer(Answer.NOT_IN_DATA, "not among the therapy codes known here", unknown)
    return check.findings()


def check_discipline_only(day: ClaimedDay) -> Findings:
    """See whether each code may stand under the plan of its line."""
    check = day.report("discipline-only")
    since = check.rule.effective_from
    if since is not None and day.date_of_service < since:
        check.answer(Answer.OUT_OF_RANGE, f"known from {since}, not on {day.date_of_service}")
        return check.findings()
    modifiers = plan_modifiers()
    for place, line in enumerate(day.lines):
        facts, plan = day.facts(line.code), line.discipline
        if facts is None or plan is None or plan_is_allowed(plan, plans=facts.disciplines):
            continue
        allowed = " or ".join(modifiers[each] for each in facts.disciplines)
        check.find(
            Severity.DENY,
            f"{line.code} belongs to {allowed} alone, and the line has {modifiers[plan]}",
            f"bill it under {allowed}, or bill the code of this plan of care",
            (place,),
            denied=(place,),
            figures=facts.sources["disciplines"],
        )
    return check.findings()


def check_one_line_a_code(day: ClaimedDay) -> Findings:
    """See whether the units of a code stand on one line."""
    check = day.report("one-line-a-code")
    for places in duplicate_lines([(line.code, line.modifiers) for line in day.lines]):
        code = day.lines[places[0]].code
        # The contractor tells of Medicare's timed codes; elsewhere a duplicate is the payer's to judge.
        since = check.rule.effective_from or date.min
        rejected = (
            day.policy.counting.medicare_codes
            and day.date_of_service >= since
            and is_timed(day, code)
        )
        lost = places if rejected else day.by_worth(places)[:-1]
        check.find(
            Severity.DENY if rejected else Severity.REVIEW,
            f"{code} stands on {len(places)} lines with the same modifiers",
            "add the units up on one line",
            places,
            denied=lost,
        )
    return check.findings()


def check_once_a_day(day: ClaimedDay) -> Findings:
    """See whether a code of once a day is billed once."""
    check = day.report("once-a-day")
    for code, places in day.places.items():
        facts = day.facts(code)
        if facts is None or not (facts.once or facts.first_of_family):
            continue
        plans = day.by_plan(places)
        if facts.first_of_family or facts.once_a_month:
            # One patient has one first unit, whoever gives it: the plan on the first line keeps it.
            _find_further_plans(check, day, facts, plans[1:])
            plans = plans[:1]
        for of_plan in plans:
            units = [day.lines[place].units for place in of_plan]
            if not beyond_once(units):
                continue
            further = f"; further time is {facts.add_on}" if facts.first_of_family else ""
            check.find(
                Severity.DENY,
                f"{code} is billed once a {_period_of(facts)}, not {sum(units)} times{further}",
                f"bill one unit of {code}",
                of_plan,
                denied=of_plan,
                units=sum(units) - 1,
                figures=facts.sources["time"],
            )
    return check.findings()


def _find_further_plans(
    check: ClaimReport, day: ClaimedDay, facts: CodeFacts, plans: Iterable[Iterable[int]]
) -> None:
    """Report the lines of each further plan of care that bills the code."""
    for of_plan in plans:
        places = [place for place in of_plan if day.lines[place].discipline is not None]
        # Limits of units are of one practitioner, and two disciplines are two.
        check.find(
            Severity.REVIEW,
            f"{facts.code} can be billed once a {_period_of(facts)} for a patient, and another plan of care "
            "already bills it",
            f"bill {facts.code} under one plan of care",
            places,
            denied=places,
            figures=facts.sources["time"],
        )


def _period_of(facts: CodeFacts) -> str:
    return "calendar month" if facts.once_a_month else "day"


def check_one_evaluation(day: ClaimedDay) -> Findings:
    """See whether each discipline has one evaluation or re-evaluation."""
    check = day.report("one-evaluation")
    by_kind: dict[Discipline, list[int]] = {}
    for place, line in enumerate(day.lines):
        facts = day.facts(line.code)
        if facts is not None and facts.evaluation_of is not None:
            by_kind.setdefault(facts.evaluation_of, []).append(place)
    for kind, places in by_kind.items():
        plans = {day.lines[place].discipline for place in places} - {None}
        several = len({day.lines[place].code for place in places}) > 1 or len(plans) > 1
        # One code under one plan is for the rule of once a day.
        if several and beyond_once([day.lines[place].units for place in places]):
            codes = ", ".join(sorted({day.lines[place].code for place in places}))
            check.find(
                Severity.DENY,
                f"{codes}: a day has one {kind.value} evaluation or re-evaluation",
                "bill the one that was given",
                places,
                denied=places,
                units=day.units_at(day.by_worth(places)[:-1]),
            )
    return check.findings()


def check_exclusive_codes(day: ClaimedDay) -> Findings:
    """See whether two codes bill one period, or one training, in two ways."""
    check = day.report("exclusive-codes")
    codes = [line.code for line in day.lines]
    for row, source in _exclusive_codes():
        ones, others = exclusive_lines(codes, one=row["codes"], other=row["others"])
        if day.date_of_service < row["from"]:
            continue
        if not ones:
            billed_here = sorted({*row["codes"], *row["others"]} & set(codes))
            if row["of_period"] and billed_here:
                remark = (
                    "only this day was compared: other days of the period may bill the other code"
                )
                check.answer(Answer.NOT_IN_DATA, remark, billed_here)
            continue
        billed = [
            listed(tuple(dict.fromkeys(codes[place] for place in places)))
            for places in (ones, others)
        ]
        check.find(
            Severity(row["severity"]),
            f"{billed[0]} with {billed[1]}: both bill {row['what']}",
            "bill the one that the record shows",
            sorted(ones + others),
            denied=ones,
            figures=(source,),
        )
    return check.findings()


@cache
def _exclusive_codes() -> tuple[tuple[Mapping[str, Any], Source], ...]:
    table = read_toml("edits/exclusive_codes.toml")
    sources = {key: parse_source(row) for key, row in table["source"].items()}
    return tuple((row, sources[row["source"]]) for row in table["exclusive"])


def check_add_on_alone(day: ClaimedDay) -> Findings:
    """See whether each add-on has the code that it adds to."""
    check = day.report("add-on-alone")
    adds_to = {
        code: facts.adds_to
        for code in day.places
        if (facts := day.facts(code)) is not None and facts.adds_to is not None
    }
    for place in add_ons_alone([line.code for line in day.lines], adds_to=adds_to):
        code = day.lines[place].code
        check.find(
            Severity.DENY,
            f"{code} adds to {adds_to[code]}, which is not on the claim",
            f"bill {adds_to[code]} first, or take {code} off",
            (place,),
            denied=(place,),
        )
    return check.findings()


def check_kx_with_liability(day: ClaimedDay) -> Findings:
    """See whether a line with KX also says that the biller expects a denial."""
    check = day.report("kx-with-liability")
    if not day.policy.modifiers.kx:
        return check.not_applicable(NO_KX)
    not_necessary = [
        modifier for modifier, facts in load_modifiers().items() if facts.not_necessary
    ]
    for place, line in enumerate(day.final_lines):
        both = contradicts_kx(line.modifiers, not_necessary=not_necessary)
        if both:
            named = " and ".join(both)
            check.find(
                Severity.DENY,
                f"{line.code} has KX and {named}: KX attests that the service is necessary, and {named} "
                "expects a denial because it is not",
                f"keep KX if the record shows the need, else keep {named}",
                (place,),
                denied=(place,),
            )
    return check.findings()
