"""Test which packs the processes of a program see: threads and forked ones the same, spawned ones those of the environment."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.data_packs import HEAD, NO_CODE, an_assumption, write_pack

PROGRAM = """
import json
import multiprocessing
import sys
import threading

from therapy_billing import use_data


def packs(_=None):
    from therapy_billing.base.data_loader import data_version

    return [label.split()[0] for label in data_version().packs]


if __name__ == "__main__":
    use_data(sys.argv[1])
    found = {"own": packs(), "thread": []}
    thread = threading.Thread(target=lambda: found["thread"].extend(packs()))
    thread.start()
    thread.join()
    for method in sys.argv[2:]:
        with multiprocessing.get_context(method).Pool(1) as pool:
            found[method] = pool.map(packs, [None])[0]
    print(json.dumps(found))
"""


@pytest.mark.parametrize("environment", [[], ["of-environment"]])
def test_each_process_sees_its_packs(tmp_path: Path, environment: list[str]) -> None:
    methods = [
        each for each in ("fork", "spawn") if each in multiprocessing.get_all_start_methods()
    ]
    given = write_pack(tmp_path / "given", NO_CODE, HEAD.replace("next-year", "given"))
    places = [
        str(write_pack(tmp_path / name, NO_CODE, HEAD.replace("next-year", name)))
        for name in environment
    ]
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "program.py", str(given), *methods],
        cwd=tmp_path,
        env={**os.environ, "THERAPY_BILLING_DATA": os.pathsep.join(places)},
        capture_output=True,
        text=True,
        check=True,
    )
    every = [*environment, "given"]
    expected = {"own": every, "thread": every, "fork": every, "spawn": environment}
    assert json.loads(done.stdout) == {
        name: seen for name, seen in expected.items() if name in ("own", "thread", *methods)
    }


class TestCommand:
    """The options --data and --codes of the command, each run in a process of its own."""

    LOG = "patient,date,discipline,code,minutes\nP-1,2027-01-05,PT,97110,20\n"
    CODES = (
        '[[code]]\ncode = "T1027"\nlabel = "family training"\nminutes = 15\ndisciplines = ["PT"]\n'
        'contact = "one-on-one"\nprogram = "other-payers"\nsource = "manual of the program"\n'
    )

    @pytest.fixture
    def pack(self, tmp_path: Path) -> str:
        files = {
            **{
                f"payers/{name}.toml": f'name = "{name}"\nknown_through = 2027-12-31\n'
                for name in ("medicare", "cpt-midpoint")
            },
            "codes/therapy.toml": "known_through = 2027-12-31\n",
        }
        more = an_assumption("payers/*.toml", "codes/therapy.toml")
        return str(write_pack(tmp_path / "pack", files, HEAD + more))

    def run(self, folder: Path, *arguments: str) -> tuple[int, str, str]:
        (folder / "log.csv").write_text(self.LOG)
        (folder / "fees.csv").write_text("code,amount\n97110,30.00\n")
        done = subprocess.run(
            [sys.executable, "-m", "therapy_billing", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def test_a_log_of_next_year_is_refused_without_a_pack(self, tmp_path: Path) -> None:
        status, out, err = self.run(tmp_path, "bill", "log.csv", "--payer", "cpt-midpoint")
        assert (status, out) == (2, "")
        assert "date out of range; the library's codes go through 2026-12-31" in err

    def test_a_pack_bills_it_and_the_footer_names_the_pack(self, tmp_path: Path, pack: str) -> None:
        payer = ("--payer", "cpt-midpoint", "--fees", "fees.csv")
        command = ("bill", "log.csv", *payer, "--data", pack)
        status, out, err = self.run(tmp_path, *command)
        assert (status, err) == (0, "")
        last = out.splitlines()[-1]
        assert last.startswith("Data: therapy_billing ")
        assert "; data packs: next-year " in last
        assert "Remark: nothing changes in 2027 (assumed by Ann Lee, biller, 2026-12-30" in out
        (day,) = json.loads(self.run(tmp_path, *command, "--json")[1])
        assert day["data"]["packs"][0].startswith("next-year ")
        assert day["units"] == {"97110": 1}

    def test_a_bad_pack_is_refused_with_its_faults(self, tmp_path: Path) -> None:
        bad = write_pack(tmp_path / "bad", {"rules/units.toml": ""}, "")
        status, out, err = self.run(tmp_path, "check", "log.csv", "--data", str(bad))
        assert (status, out) == (2, "")
        assert [line.partition("bad/pack.toml")[2] for line in err.splitlines()] == [
            ", column name: missing",
            ", column from: missing",
            ", column through: missing",
        ]

    def test_own_codes_count_with_the_others(self, tmp_path: Path) -> None:
        (tmp_path / "own.toml").write_text(self.CODES)
        status, out, _ = self.run(
            tmp_path, "units", "T1027=23", "--payer", "cpt-midpoint", "--codes", "own.toml"
        )
        assert status == 0
        assert "T1027" in out
        (tmp_path / "own.toml").rename(tmp_path / "own.txt")
        again = self.run(
            tmp_path, "units", "T1027=23", "--payer", "cpt-midpoint", "--codes", "own.txt"
        )
        assert again[:2] == (0, out)
        status, _, err = self.run(tmp_path, "units", "T1027=23", "--payer", "cpt-midpoint")
        assert status == 2
        assert "add it with use_data or --codes" in err
