"""Check the codes and modifiers of claim lines. These checks need no sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.wording import listed
from therapy_billing.checks.claimed_day import NO_KX, ClaimedDay, ClaimReport, is_timed
from therapy_billing.checks.rules import (
    add_ons_alone,
    beyond_once,
    duplicate_lines,
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
from therapy_billing.codes.code_book import (
    CodeFacts,
    CodeProgram,
    TherapyClass,
    code_in_force,
    not_for_therapists,
    unknown_code,
)
from therapy_billing.codes.modifiers import (
    assistant_modifiers,
    load_modifiers,
    plan_modifiers,
    telehealth_modifiers,
)
from therapy_billing.codes.period_codes import is_period_code
from therapy_billing.codes.roles import Discipline
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.law.sources import Verification
from therapy_billing.payers.policy import COMMON_ORDER

__all__ = [
    "check_add_on_alone",
    "check_assistant_modifier_plan",
    "check_discipline_only",
    "check_kx_with_liability",
    "check_modifier_allowed",
    "check_modifier_count",
    "check_modifier_order",
    "check_once_a_day",
    "check_one_evaluation",
    "check_one_line_a_code",
    "check_payable_code",
    "check_plan_modifier",
    "check_telehealth",
    "check_therapist_code",
]


_RECALLED = "This is general knowledge; no source in the data confirms it."
"""The last sentence of a finding that rests on a fact without a source."""


_FIRST_STATUS_YEAR = 2020


def check_plan_modifier(day: ClaimedDay) -> Findings:
    """Check that each line has the modifier of one plan of care."""
    check = day.report("plan-modifier")
    plans = tuple(plan_modifiers().values())
    planless: list[str] = []
    unlisted: list[str] = []
    for index, line in enumerate(day.lines):
        named = plans_named(line.modifiers, plans=plans)
        facts = day.facts(line.code)
        if len(named) > 1:
            check.find(
                Severity.DENY,
                f"{line.code} has {listed(named)}",
                f"keep only the modifier of the plan of care under which {line.code} was furnished.",
                (index,),
                detail="A claim line belongs to one plan of care.",
                denied=(index,),
            )
        elif named or facts is None or not _may_need_plan(facts):
            continue
        elif not day.policy.counting.medicare_codes:
            planless.append(line.code)
        elif facts.therapy_class is None:
            unlisted.append(line.code)
        elif facts.therapy_class is not TherapyClass.NEVER:
            # Of the codes that are never therapy, only S codes and own codes are left: see the rule payable-code.
            _find_planless(check, day, index, facts)
    if planless:
        remark = "it is not known whether this payer requires GP, GO, or GN"
        check.answer(Answer.NOT_IN_DATA, remark, planless)
    if unlisted:
        remark = f"whether {listed(tuple(dict.fromkeys(unlisted)))} is therapy is not in the data"
        check.answer(Answer.NOT_IN_DATA, remark, unlisted)
    return check.findings()


def _may_need_plan(facts: CodeFacts) -> bool:
    """Return whether a line with the code may need GP, GO, or GN. The rule therapist-code reports codes of no therapist."""
    return facts.for_therapists and facts.therapy_class is not TherapyClass.NOT_COVERED


def _find_planless(check: ClaimReport, day: ClaimedDay, index: int, facts: CodeFacts) -> None:
    """Report the line at *index*, which has no GP, GO, or GN."""
    code = facts.code
    always = facts.therapy_class is TherapyClass.ALWAYS
    detail = (
        f'{code} is {"an" if always else "a"} "{"always" if always else "sometimes"} therapy" code'
    )
    recorded = dict.fromkeys(
        session.discipline.value
        for session in day.sessions
        if any(service.code == code for service in session.services)
    )
    if recorded and not always:
        detail += f", and the record shows that {listed(tuple(recorded))} furnished it"
    needed = always or bool(recorded)
    check.find(
        Severity.DENY if needed else Severity.INFO,
        f"{code} has no GP, GO, or GN",
        "add the modifier of the plan of care"
        + ("." if needed else " if the service was furnished under one."),
        (index,),
        detail=f"{detail}.",
        denied=(index,) if needed else (),
        figures=facts.sources["therapy"],
    )


def check_assistant_modifier_plan(day: ClaimedDay) -> Findings:
    """Check that CQ is billed with GP and CO with GO, and only on codes that take CQ or CO."""
    check = day.report("assistant-modifier-plan")
    plan_of = {
        modifier: plan_modifiers()[discipline]
        for discipline, modifier in assistant_modifiers().items()
    }
    for index, line in enumerate(day.lines):
        facts = day.facts(line.code)
        for modifier in assistant_faults(line.modifiers, belongs_to=plan_of):
            check.find(
                Severity.DENY,
                f"{modifier} on {line.code} without {plan_of[modifier]}",
                f"bill {modifier} with {plan_of[modifier]} on the same line, or remove {modifier}.",
                (index,),
                denied=(index,),
            )
        if line.assistant and facts is not None and not facts.assistant_modifier:
            check.find(
                Severity.DENY,
                f"{line.code} does not take CQ or CO",
                "remove CQ or CO.",
                (index,),
                denied=(index,),
                figures=facts.sources["assistant"],
            )
    return check.findings()


def check_modifier_count(day: ClaimedDay) -> Findings:
    """Check that the modifiers of each line fit on a claim line."""
    check = day.report("modifier-count")
    try:
        most = day.parameters.count("claim_line_modifiers", day.date_of_service)
    except NotPublishedError as error:
        check.answer(Answer.OUT_OF_RANGE, str(error))
        return check.findings()
    for index, line in enumerate(day.final_lines):
        wanted = ordered(line.modifiers, order=day.policy.modifiers.modifier_order)
        extra = without_room(wanted, most=most)
        if extra:
            check.find(
                Severity.DENY,
                f"{line.code} has {len(line.modifiers)} modifiers; a claim line has room for {most}",
                "leave out a modifier that the payer does not need, and keep it in your own record.",
                (index,),
                detail=f"There is no room for {listed(extra)}.",
                denied=(index,),
            )
    return check.findings()


def check_modifier_order(day: ClaimedDay) -> Findings:
    """Check that the modifiers of each line are in the payer's order."""
    check = day.report("modifier-order")
    if day.policy.modifiers.modifier_order == COMMON_ORDER:
        # No source says that a payer cares about the order, unless its policy sets one.
        return check.not_applicable("the payer's policy sets no order of modifiers")
    for index, line in enumerate(day.final_lines):
        wanted = ordered(line.modifiers, order=day.policy.modifiers.modifier_order)
        if wanted != line.modifiers:
            check.find(
                Severity.INFO,
                f"{line.code} has {' '.join(line.modifiers)}; the payer's order is {' '.join(wanted)}",
                "put the modifiers in the payer's order.",
                (index,),
            )
    return check.findings()


def check_modifier_allowed(day: ClaimedDay) -> Findings:
    """Check that the payer accepts the modifiers."""
    check = day.report("modifier-allowed")
    if day.policy.modifiers.allowed_modifiers is None:
        return check.not_applicable("the payer's policy lists no allowed modifiers")
    for index, line in enumerate(day.final_lines):
        foreign = not_taken(line.modifiers, allowed=day.policy.modifiers.allowed_modifiers)
        if foreign:
            check.find(
                Severity.REVIEW,
                f"{line.code} has {listed(foreign)}, which the payer does not accept",
                f"remove {listed(foreign)}, or ask the payer.",
                (index,),
                denied=(index,),
            )
    return check.findings()


def check_payable_code(day: ClaimedDay) -> Findings:
    """Check that each code is valid on the date of service, and that Medicare pays it separately."""
    check = day.report("payable-code")
    unknown: list[str] = []
    unstated: list[str] = []
    for index, line in enumerate(day.lines):
        facts = day.facts(line.code)
        if facts is None:
            unknown.append(line.code)
            continue
        instead = listed(facts.medicare_instead, "or")
        try:
            code_in_force(line.code, day.date_of_service)
        except InvalidInputError as error:
            check.find(
                Severity.DENY,
                str(error),
                "bill a code that is valid on the date of service.",
                (index,),
                denied=(index,),
                figures=facts.sources["validity"],
            )
            continue
        except NotPublishedError as error:
            check.answer(Answer.OUT_OF_RANGE, str(error), [line.code])
            continue
        if not day.policy.counting.medicare_codes:
            continue
        if _is_unstated(facts):
            unstated.append(line.code)
            continue
        refused = facts.medicare_refuses or facts.therapy_class is TherapyClass.NOT_COVERED
        paid = paid_apart(facts.medicare_status, refused=refused)
        if paid is False:
            check.find(
                Severity.DENY,
                f"Medicare does not pay {line.code}",
                f"bill {instead} instead." if instead else "do not bill it to Medicare.",
                (index,),
                denied=(index,),
                figures=facts.sources.get("medicare", ()),
            )
        elif paid is None:
            check.find(
                Severity.INFO,
                f"{line.code} is bundled; Medicare does not pay it separately",
                "expect no payment for this line.",
                (index,),
                figures=facts.sources["medicare"],
            )
    _answer_codes(check, unknown, unstated)
    return check.findings()


def _answer_codes(check: ClaimReport, unknown: Iterable[str], unstated: Sequence[str]) -> None:
    """Answer for the codes that are not in the data, and for those without Medicare's status."""
    for code in dict.fromkeys(unknown):
        check.answer(Answer.NOT_IN_DATA, unknown_code(code), [code])
    if unstated:
        remark = "whether Medicare pays the code is not in the data"
        check.answer(Answer.NOT_IN_DATA, remark, unstated)


def _is_unstated(facts: CodeFacts) -> bool:
    """
    Return whether nothing in the data says how Medicare treats a code: a user's own code.

    A few of the library's codes have no status either. All of them ended before 2020, with the first fee files.
    """
    last = facts.effective_through
    return (
        "medicare" not in facts.sources
        and facts.therapy_class is not TherapyClass.NOT_COVERED
        and (last is None or last.year >= _FIRST_STATUS_YEAR)
    )


def check_discipline_only(day: ClaimedDay) -> Findings:
    """Check that each code can be billed under the plan of care of its line."""
    check = day.report("discipline-only")
    since = check.rule.effective_from
    if since is not None and day.date_of_service < since:
        remark = f"the sources for this rule start on {since}, and {day.date_of_service} is earlier"
        check.answer(Answer.OUT_OF_RANGE, remark)
        return check.findings()
    modifiers = plan_modifiers()
    for index, line in enumerate(day.lines):
        facts, plan = day.facts(line.code), line.discipline
        if facts is None or plan is None or plan_is_allowed(plan, plans=facts.disciplines):
            continue
        if not facts.for_therapists:
            # The rule therapist-code reports it.
            continue
        allowed = listed([modifiers[each] for each in facts.disciplines], "or")
        recalled = _recalled_discipline(facts)
        check.find(
            Severity.REVIEW if recalled else Severity.DENY,
            f"{line.code} has {modifiers[plan]}, but can be billed with {allowed} only",
            f"bill {line.code} with {allowed}, or bill the {plan.value} code for the service.",
            (index,),
            detail=recalled,
            denied=(index,),
            figures=facts.sources["disciplines"],
        )
    return check.findings()


def _recalled_discipline(facts: CodeFacts) -> str:
    """Return the sentence that no source says who may bill the code; empty if one does."""
    levels = {source.verified for source in facts.sources["disciplines"]}
    return _RECALLED if levels == {Verification.UNVERIFIED} else ""


def check_therapist_code(day: ClaimedDay) -> Findings:
    """Find codes that no therapist may bill."""
    check = day.report("therapist-code")
    for index, line in enumerate(day.lines):
        facts = day.facts(line.code)
        if facts is None or facts.for_therapists:
            continue
        detail = _recalled_discipline(facts)
        if facts.program is not CodeProgram.THERAPY:
            detail = f"The code belongs to the program {facts.program.value}. {detail}".strip()
        check.find(
            Severity.REVIEW,
            not_for_therapists(facts),
            f"take {line.code} off the claim, unless the payer lets therapists bill it.",
            (index,),
            detail=detail,
            denied=(index,),
            figures=facts.sources["disciplines"],
        )
    return check.findings()


def check_telehealth(day: ClaimedDay) -> Findings:
    """Check whether the payer pays therapists for telehealth on the date of service."""
    check = day.report("telehealth")
    codes = {
        index: line.code
        for index, line in enumerate(day.lines)
        if not telehealth_modifiers().isdisjoint(line.modifiers)
    }
    if not codes:
        return check.not_applicable("no line has a telehealth modifier")
    named = tuple(dict.fromkeys(codes.values()))
    if not day.policy.counting.medicare_codes:
        remark = "whether this payer pays for telehealth is not in the data"
        check.answer(Answer.NOT_IN_DATA, remark, named)
        return check.findings()
    try:
        paid = day.parameters.on("telehealth_disciplines", day.date_of_service)
    except NotPublishedError as error:
        check.answer(Answer.OUT_OF_RANGE, str(error), named)
        return check.findings()
    if paid.amount:
        is_on = "is" if len(named) == 1 else "are"
        remark = (
            f"whether {listed(named)} {is_on} on CMS's list of telehealth codes is not in the data"
        )
        check.answer(Answer.NOT_IN_DATA, remark, named)
        return check.findings()
    for index, code in codes.items():
        check.find(
            Severity.REVIEW,
            f"{code} is billed as telehealth, which Medicare does not pay therapists for on {day.date_of_service}",
            "correct the line if the patient was in the clinic, or ask the contractor.",
            (index,),
            denied=(index,),
            figures=(paid.source,),
        )
    return check.findings()


def check_one_line_a_code(day: ClaimedDay) -> Findings:
    """Check that the units of a code are on one line."""
    check = day.report("one-line-a-code")
    for indexes in duplicate_lines([(line.code, line.modifiers) for line in day.lines]):
        code = day.lines[indexes[0]].code
        # The source is about Medicare's timed codes. For other codes, the payer decides.
        since = check.rule.effective_from or date.min
        rejected = (
            day.policy.counting.medicare_codes
            and day.date_of_service >= since
            and is_timed(day, code)
        )
        lost = indexes if rejected else day.by_worth(indexes)[:-1]
        check.find(
            Severity.DENY if rejected else Severity.REVIEW,
            f"{code} is on {len(indexes)} lines with the same modifiers",
            "add the units together on one line.",
            indexes,
            denied=lost,
        )
    return check.findings()


def check_once_a_day(day: ClaimedDay) -> Findings:
    """Check that a code that is billed once a day is billed once."""
    check = day.report("once-a-day")
    for code, indexes in day.line_indexes.items():
        facts = day.facts(code)
        if facts is None or not (facts.once or facts.first_of_family):
            continue
        if code in day.policy.counting.codes_by_minutes:
            # The payer counts the code by its minutes, so a day can have several units.
            continue
        plans = day.by_plan(indexes)
        if facts.first_of_family or facts.once_a_month:
            # A patient has one first unit, no matter who furnishes it. The plan of care on the first line
            # keeps this unit.
            _find_further_plans(check, day, facts, plans[1:])
            plans = plans[:1]
        for of_plan in plans:
            units = [day.lines[index].units for index in of_plan]
            if not beyond_once(units):
                continue
            check.find(
                Severity.DENY,
                f"{sum(units)} units of {code}, which is billed once a {_period_of(facts)}",
                f"bill 1 unit of {code}.",
                of_plan,
                detail=f"Bill additional time with {facts.add_on}."
                if facts.first_of_family
                else "",
                denied=of_plan,
                units=sum(units) - 1,
                figures=facts.sources["time"],
            )
    return check.findings()


def _find_further_plans(
    check: ClaimReport, day: ClaimedDay, facts: CodeFacts, plans: Iterable[Iterable[int]]
) -> None:
    """Report the lines of each additional plan of care that bills the code."""
    for of_plan in plans:
        indexes = [index for index in of_plan if day.lines[index].discipline is not None]
        # Unit limits apply to one practitioner, and two disciplines are two practitioners, so this is
        # for review only.
        check.find(
            Severity.REVIEW,
            f"{facts.code} under more than one plan of care",
            f"bill {facts.code} under one plan of care.",
            indexes,
            detail=(
                f"A patient can have {facts.code} once a {_period_of(facts)}, and it is already billed under "
                "another plan of care."
            ),
            denied=indexes,
            figures=facts.sources["time"],
        )


def _period_of(facts: CodeFacts) -> str:
    return "calendar month" if facts.once_a_month else "day"


def check_one_evaluation(day: ClaimedDay) -> Findings:
    """Check that each discipline has one evaluation or re-evaluation."""
    check = day.report("one-evaluation")
    by_kind: dict[Discipline, list[int]] = {}
    for index, line in enumerate(day.lines):
        facts = day.facts(line.code)
        if facts is not None and facts.evaluation_of is not None:
            by_kind.setdefault(facts.evaluation_of, []).append(index)
    for kind, indexes in by_kind.items():
        plans = {day.lines[index].discipline for index in indexes} - {None}
        several = len({day.lines[index].code for index in indexes}) > 1 or len(plans) > 1
        # The rule once-a-day reports one code under one plan of care.
        if several and beyond_once([day.lines[index].units for index in indexes]):
            *others, last = sorted({day.lines[index].code for index in indexes})
            what = f"with {listed(others)}" if others else "more than once"
            check.find(
                Severity.DENY,
                f"{last} {what} on the same day",
                "bill the one that was performed.",
                indexes,
                detail=f"A day can have one {kind.value} evaluation or re-evaluation.",
                denied=indexes,
                units=day.units_at(day.by_worth(indexes)[:-1]),
            )
    return check.findings()


def check_add_on_alone(day: ClaimedDay) -> Findings:
    """Check that each add-on code is billed with its first code. The check ``period-limit`` has those of a month."""
    check = day.report("add-on-alone")
    adds_to = {
        code: facts.adds_to
        for code in day.line_indexes
        if (facts := day.facts(code)) is not None and facts.adds_to
        if not is_period_code(code)
    }
    for index in add_ons_alone([line.code for line in day.lines], adds_to=adds_to):
        code = day.lines[index].code
        first = listed(adds_to[code], "or")
        check.find(
            Severity.DENY,
            f"{code} without {first}",
            f"add {first} if it was furnished, or take {code} off the claim.",
            (index,),
            detail=f"{code} is an add-on code for {first}.",
            denied=(index,),
        )
    return check.findings()


def check_kx_with_liability(day: ClaimedDay) -> Findings:
    """Check that no line has both KX and a modifier which says that the service is not necessary."""
    check = day.report("kx-with-liability")
    if not day.policy.modifiers.kx:
        return check.not_applicable(NO_KX)
    not_necessary = [
        modifier for modifier, facts in load_modifiers().items() if facts.not_necessary
    ]
    for index, line in enumerate(day.final_lines):
        both = contradicts_kx(line.modifiers, not_necessary=not_necessary)
        if both:
            named = " and ".join(both)
            check.find(
                Severity.DENY,
                f"{line.code} has KX and {named}",
                f"keep KX if the record shows that the service is necessary; otherwise keep {named}.",
                (index,),
                detail=(
                    f"KX attests that the service is necessary. Billing {named} means that you expect a "
                    "denial because the service is not necessary."
                ),
                denied=(index,),
            )
    return check.findings()
