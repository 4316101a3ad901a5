from __future__ import annotations

from threading import Barrier, RLock, Thread

import numpy as np
import pytest

from tests.refusals import refusal
from therapy_billing import InvalidInputError
from therapy_billing.batch.kernel import lazy_table
from therapy_billing.batch.kernel.lazy_table import GrowingColumns, LazyTable
from therapy_billing.batch.kernel.reasons import Reasons


class TestLazyTable:
    def test_each_key_is_compiled_once(self) -> None:
        keys: list[int] = []

        def compiled(key: int) -> int:
            keys.append(key)
            return key + 1

        table = LazyTable(compiled, RLock())
        for wanted in ([5, 0, 5], [0], [5, 9], [3]):
            assert table.ids(np.array(wanted)).tolist() == [key + 1 for key in wanted]
        assert keys == [0, 5, 9, 3]

    def test_no_keys(self) -> None:
        assert LazyTable(int, RLock()).ids(np.zeros(0, np.int64)).tolist() == []

    def test_a_key_that_is_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lazy_table, "_MOST_CELLS", 100)
        table = LazyTable(int, RLock())
        assert table.ids(np.array([99])).tolist() == [99]
        message = "the frame has too many payers, localities, settings, and modifiers: bill it in parts, such as one payer at a time"
        assert refusal(InvalidInputError, lambda: table.ids(np.array([100]))) == message

    def test_several_threads_get_the_same_ids(self) -> None:
        columns = GrowingColumns(key=np.int64)
        table = LazyTable(lambda key: columns.add(key=key), RLock())
        keys = np.arange(400)
        start, found = Barrier(4), []

        def look_up() -> None:
            start.wait()
            found.append([table.ids(keys[: size + 1])[size] for size in range(400)])

        threads = [Thread(target=look_up) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(ids == found[0] for ids in found)
        assert len(columns) == 400
        assert columns["key"][found[0]].tolist() == keys.tolist()


def test_columns_have_their_types() -> None:
    columns = GrowingColumns(cents=np.int64, flag=np.bool_)
    assert [columns.add(cents=1 << 40, flag=False), columns.add(flag=True, cents=2)] == [0, 1]
    assert columns["cents"].tolist() == [1 << 40, 2]
    assert (columns["flag"].tolist(), columns["flag"].dtype) == ([False, True], np.dtype(bool))
    assert len(columns) == 2


def test_a_text_keeps_its_number() -> None:
    reasons = Reasons()
    assert [reasons.number(text) for text in ("b", "", "a", "b")] == [1, 0, 2, 1]
    assert reasons.texts == ("", "b", "a")


def test_an_id_that_was_compiled_meanwhile_is_kept() -> None:
    keys: list[int] = []

    def compiled(key: int) -> int:
        keys.append(key)
        if key == 0:
            # As another thread does that asks for the same keys.
            table.ids(np.array([1]))
        return key

    table = LazyTable(compiled, RLock())
    assert table.ids(np.array([0, 1, 2])).tolist() == [0, 1, 2]
    assert keys == [0, 1, 2]
