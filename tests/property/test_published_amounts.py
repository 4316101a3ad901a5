"""Compare amounts with the amounts that Medicare published, and with an independent formula on the bundled data."""

from __future__ import annotations

import csv
import datetime
import random
from decimal import Decimal
from functools import partial

import pytest

from tests.money_oracle import fee_facts, medicare_unit_cents
from tests.paths import EXAMPLE_FILES, FACTS
from tests.refusals import refusal
from therapy_billing import FeeSchedule, NotPublishedError, Setting
from therapy_billing.fees.bundled_tables import load_gpcis, load_releases, load_rvus

PUBLISHED_FILE = EXAMPLE_FILES / "published_amounts_ohio_2020.csv"
needs_facts = pytest.mark.skipif(
    not FACTS.is_dir(), reason="the fact tables are not available, so no amount was compared"
)


def published_rows() -> list[dict[str, str]]:
    """Read the published amounts in file order."""
    with PUBLISHED_FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ohio(setting: Setting) -> FeeSchedule:
    """Return the fee schedule for the published amounts."""
    return FeeSchedule.medicare("2020-01-01", mac="15202", locality="00", setting=setting)


ROWS = published_rows()
by_code = pytest.mark.parametrize("row", ROWS, ids=[row["hcpcs"] for row in ROWS])
SUBJECT = [row for row in ROWS if row["mult_proc"] == "5"]
NOT_SUBJECT = [row for row in ROWS if row["mult_proc"] != "5"]
COLUMNS = (
    (Setting.NON_FACILITY, "nonfac_fee", "therapy_50pct_noninst"),
    (Setting.FACILITY, "fac_fee", "therapy_50pct_inst"),
)


class TestOhio2020:
    """Every therapy amount that CMS published for Ohio, CY 2020, equals the computed amount."""

    def test_368_amounts_of_133_codes_are_compared(self) -> None:
        assert len(ROWS) == len({row["hcpcs"] for row in ROWS}) == 133
        assert len(SUBJECT) == 51
        assert len(ROWS) * len(COLUMNS) + len(SUBJECT) * len(COLUMNS) == 368
        assert {(row["rvu_release"], row["mac"], row["locality"]) for row in ROWS} == {
            ("RVU20A", "15202", "00")
        }
        assert {row["modifier"] for row in ROWS} == {""}
        assert all(row["source"].strip() for row in ROWS)

    @by_code
    def test_the_full_amounts_are_those_published(self, row: dict[str, str]) -> None:
        for setting, full, _ in COLUMNS:
            assert str(ohio(setting).amount(row["hcpcs"])) == row[full], setting

    @pytest.mark.parametrize("row", SUBJECT, ids=[row["hcpcs"] for row in SUBJECT])
    def test_the_reduced_amounts_are_those_published(self, row: dict[str, str]) -> None:
        for setting, _, reduced in COLUMNS:
            assert str(ohio(setting).amount(row["hcpcs"], reduced=True)) == row[reduced], setting

    @pytest.mark.parametrize("row", NOT_SUBJECT, ids=[row["hcpcs"] for row in NOT_SUBJECT])
    def test_a_code_without_the_reduction_has_no_reduced_amount(self, row: dict[str, str]) -> None:
        for setting, _, reduced in COLUMNS:
            assert row[reduced] == "0.00"
            fees = ohio(setting)
            assert refusal(NotPublishedError, partial(fees.amount, row["hcpcs"], reduced=True)) == (
                f"no reduced amount for {row['hcpcs']} in {fees.name}: "
                "the code is not subject to MPPR in this schedule"
            )
            assert fees.price(row["hcpcs"]).practice_expense is None

    @by_code
    def test_the_status_and_the_indicator_are_those_published(self, row: dict[str, str]) -> None:
        rvu = load_rvus("RVU20A")[row["hcpcs"]]
        assert (rvu.status, rvu.mppr_indicator) == (row["status"], row["mult_proc"])

    def test_every_code_of_the_schedule_was_published(self) -> None:
        # A code without a published amount must not have a price.
        priced = set(ohio(Setting.NON_FACILITY).coverage().codes)
        assert priced == {row["hcpcs"] for row in ROWS}


@needs_facts
class TestAgainstTheOracle:
    """Each amount is round2((W x GPCIw + k x PE x GPCIpe + MP x GPCImp) x CF), with separately read data."""

    DAYS = (
        "2019-10-01",
        "2020-03-31",
        "2020-04-01",
        "2023-09-30",
        "2023-10-01",
        "2024-03-08",
        "2024-03-09",
        "2025-12-31",
        "2026-01-01",
        "2026-07-01",
    )

    @pytest.mark.parametrize("on", DAYS)
    def test_a_sample_of_codes_and_localities_agrees_in_every_way_of_pricing(self, on: str) -> None:
        day = datetime.date.fromisoformat(on)
        chosen = random.Random(on)
        release = load_releases().on(day).name
        localities = chosen.sample(sorted(load_gpcis().on(day)), 3)
        compared = 0
        for mac, locality in localities:
            for setting in (Setting.NON_FACILITY, Setting.FACILITY):
                for qualifying in (False, True):
                    fees = FeeSchedule.medicare(
                        on, mac=mac, locality=locality, setting=setting, qualifying_apm=qualifying
                    )
                    for code in chosen.sample(sorted(load_rvus(release)), 10):
                        compared += self.compare(fees, code, day, qualifying=qualifying)
        assert compared > 90

    def compare(self, fees: FeeSchedule, code: str, day: datetime.date, *, qualifying: bool) -> int:
        """Compare the amounts of *code*, and return how many were compared."""
        assert fees.locality is not None
        oracle = partial(
            medicare_unit_cents,
            code,
            day,
            fees.locality.mac,
            fees.locality.locality,
            facts=FACTS,
            facility=fees.setting is Setting.FACILITY,
            qualifying_apm=qualifying,
        )
        if code not in fees.coverage().codes:
            return self.refused(fees, code, day)
        price = fees.price(code)
        assert price.amount == Decimal(oracle()) / 100
        if price.reduced is None:
            return 1
        assert price.reduced == Decimal(oracle(reduced=True)) / 100
        return 2

    def refused(self, fees: FeeSchedule, code: str, day: datetime.date) -> int:
        """Check that the status or the RVUs of *code* explain why it has no amount; return 0."""
        row = fee_facts(FACTS).relative_values(code, day)
        message = refusal(NotPublishedError, partial(fees.price, code))
        if "the code has no RVUs" in message:
            assert {row[rvu] for rvu in ("work_rvu", "pe_rvu_nonfac", "pe_rvu_fac")} == {"0.00"}
        else:
            # The 2019 release has no status.
            assert row["status"] in {"B", "C", "E", "I", "J", "M", "N", "P", "X", ""}
        return 0

    @pytest.mark.parametrize("on", ["2020-03-02", "2026-07-01"])
    def test_every_locality_and_every_code_is_reached(self, on: str) -> None:
        day = datetime.date.fromisoformat(on)
        release = load_releases().on(day).name
        codes, localities = sorted(load_rvus(release)), sorted(load_gpcis().on(day))
        compared = 0
        for index, (mac, locality) in enumerate(localities):
            fees = FeeSchedule.medicare(on, mac=mac, locality=locality)
            compared += sum(
                self.compare(fees, code, day, qualifying=False) for code in codes[index % 40 :: 40]
            )
        assert {code for index in range(40) for code in codes[index::40]} == set(codes)
        assert compared > 400

    def test_a_code_is_reduced_if_the_data_say_so(self) -> None:
        indicators = {
            (row["release"], row["hcpcs"]): row["mult_proc"] for row in fee_facts(FACTS).values
        }
        compared = 0
        for first, release in load_releases().entries[1:]:
            assert first is not None
            fees = FeeSchedule.medicare(first)
            for code in fees.coverage().codes:
                subject = indicators[release.name, code] == "5"
                assert (fees.price(code).reduced is not None) is subject, (release.name, code)
                compared += 1
        assert compared > 3500
