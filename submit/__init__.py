"""From boxes to the Sync API: spell the request, check it, send it, wait for it.

``speaker_boxes.submit`` is this package and the function too: ``submit(result, video=...)``.
A front door that held the function under this name would lose it, or the package, to whichever
is imported last; so the package can be called.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speaker_boxes.submit.http.responses import Generation


class _Stage(ModuleType):
    """The package; calling it is calling ``submit.send.submit``."""

    @property
    def __wrapped__(self) -> Callable[..., Generation]:
        """The function, where ``inspect.signature`` and ``help`` look for it."""
        from speaker_boxes.submit.job.submit import submit

        return submit

    def __call__(self, *args: object, **kwargs: object) -> Generation:
        return self.__wrapped__(*args, **kwargs)


sys.modules[__name__].__class__ = _Stage
