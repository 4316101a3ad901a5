# Count, bill, and check patient-days. The body of each request is to_json of a list of sessions.
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response

import therapy_billing as billing


async def read_sessions(request: Request) -> tuple[billing.Session, ...]:
    return billing.from_json(await request.body(), billing.Session, many=True)


app = FastAPI(title="Therapy billing")
Day = Annotated[tuple[billing.Session, ...], Depends(read_sessions)]


def answer(record: object) -> Response:
    return Response(billing.to_json(record), media_type="application/json")


@app.exception_handler(billing.TherapyBillingError)
def refuse(_: Request, error: billing.TherapyBillingError) -> JSONResponse:
    return JSONResponse({"field": error.field, "message": str(error)}, status_code=422)


@app.post("/units")
def units(day: Day, payer: str = "medicare") -> Response:
    return answer(billing.allocate_units(day, payer))


@app.post("/bill")
def bill(day: Day, payer: str = "medicare", locality: str | None = None) -> Response:
    fees = billing.FeeSchedule.medicare(day[0].date_of_service, locality=locality)
    return answer(billing.bill_day(day, payer, fees))


@app.post("/check")
def check(day: Day, payer: str = "medicare") -> Response:
    return answer(billing.check_day(day, payer))
