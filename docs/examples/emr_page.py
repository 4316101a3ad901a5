# A page of an EMR: choose a day, answer what the rules leave open, and see the claim. The server keeps nothing.
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse

import therapy_billing as billing
from therapy_billing.formats import visit_screen

EXAMPLE = files("therapy_billing").joinpath("data", "logs", "clinic_day.csv")
LOG = billing.read_treatment_log(str(EXAMPLE))
DAYS = {f"{day.patient}, {day.date_of_service}": day for day in LOG.days}

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Visits</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 58rem; margin: 0 auto; padding: 0.5rem; }}
label.field {{ display: block; margin-top: 0.75rem; font-weight: 600; }}
form {{ margin-bottom: 1rem; }}
input.field, select {{ font: inherit; padding: 0.4rem; width: 100%; max-width: 24rem; box-sizing: border-box; }}
button {{ font: inherit; padding: 0.4rem 1rem; display: block; margin-top: 0.75rem; cursor: pointer; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
</style></head><body><h1>Visits to bill</h1>{body}</body></html>"""

PICKER = """<form method="post"><label class="field" for="day">Patient and day</label>
<select id="day" name="day">{options}</select><button>Show the visit</button></form>"""

VISIT = """<form method="post" id="visit"><input type="hidden" name="day" value="{day}">
<input type="hidden" name="choices" value="{choices}">{screen}{save}</form>"""

SAVE = """<label class="field" for="author">Who decided (name and credentials)</label>
<input class="field" id="author" name="author" value="{author}" autocomplete="off" required>
<label class="field" for="decided_at">When (local time)</label>
<input class="field" id="decided_at" name="decided_at" type="datetime-local" required>
<button id="save">Save the answers</button>"""

DROP = """<p><label><input type="checkbox" name="drop" value="yes"> Remove the choices that are out of date</label></p>"""

TRAIL = """<h2>Final claim</h2><pre id="claim">{claim}</pre>
<details><summary>Audit trail: who decided what, on which facts and data (JSON)</summary>
<pre id="trail">{trail}</pre></details>"""


async def read_form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))


Form = Annotated[dict[str, str], Depends(read_form)]
app = FastAPI(title="Visits")


def page(body: str, chosen: str = "", status: int = 200) -> HTMLResponse:
    options = "".join(
        f"<option{' selected' if key == chosen else ''}>{escape(key)}</option>" for key in DAYS
    )
    return HTMLResponse(PAGE.format(body=PICKER.format(options=options) + body), status)


@app.exception_handler(billing.TherapyBillingError)
def refuse(_: Request, error: billing.TherapyBillingError) -> HTMLResponse:
    return page(
        f'<p role="alert">Not saved: {escape(str(error))}. Go back and correct it.</p>', status=422
    )


def read_choices(form: Mapping[str, str]) -> list[billing.Choice]:
    """Return the earlier choices, with the answers that changed. The others keep their author and their time."""
    text = form.get("choices", "")
    earlier = billing.from_json(text, billing.Choice, many=True) if text else ()
    found = {choice.decision_id: choice for choice in earlier}
    prefix = "decision-"
    answers = {key.removeprefix(prefix): form[key] for key in form if key.startswith(prefix)}
    for key, option in answers.items():
        if not option:
            found.pop(key, None)
        elif key not in found or found[key].option != option:
            found[key] = billing.Choice(
                key, option, form.get("author", ""), form.get("decided_at", "")
            )
    return [each for key, each in found.items() if key in answers or "drop" not in form]


@app.get("/")
def start() -> HTMLResponse:
    return page("")


@app.post("/")
def show(form: Form) -> HTMLResponse:
    day = DAYS.get(form.get("day", ""))
    if day is None:
        return page('<p role="alert">Choose a day of the log.</p>', status=422)
    choices = read_choices(form)
    fees = billing.FeeSchedule.medicare(day.date_of_service, locality="OH")
    visit = billing.prepare_visit(day.sessions, day.payer or "medicare", fees, decisions=choices)
    save = DROP if visit.outdated else ""
    if visit.decisions or visit.outdated:
        save += SAVE.format(author=escape(form.get("author", "")))
    body = VISIT.format(
        day=escape(form["day"]),
        choices=escape(billing.to_json(choices)) if choices else "",
        screen=visit_screen(visit, inputs=True),
        save=save,
    )
    if visit.status.value == "ready" and visit.claim is not None:
        lines = "\n".join(
            " ".join((line.code, *line.modifiers, f"x{line.units}")) for line in visit.claim.lines
        )
        trail = escape(billing.to_json(visit, indent=1))
        body += TRAIL.format(claim=escape(lines), trail=trail)
    return page(body, form["day"])
