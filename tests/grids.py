"""Run a test over a grid of values as one test, because pytest takes longer to report a case than to run it."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable

__all__ = ["for_each"]


def for_each(**grid: Iterable[object]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """
    Call the test with every combination of values. A failure ends the test and names its values.

    Give each argument of the grid by its name. The other arguments are fixtures, and all cases share them.
    """
    values = {name: tuple(each) for name, each in grid.items()}
    for name, each in values.items():
        if not each:
            msg = f"{name} has no values"
            raise ValueError(msg)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def run(*arguments: object, **fixtures: object) -> None:
            for point in itertools.product(*values.values()):
                case = dict(zip(values, point, strict=True))
                try:
                    test(*arguments, **fixtures, **case)
                except BaseException as error:
                    error.add_note(f"case: {case}")
                    raise

        signature = inspect.signature(test)
        rest = [each for name, each in signature.parameters.items() if name not in values]
        run.__dict__["__signature__"] = signature.replace(parameters=rest)
        return run

    return decorate
