"""Let a library be imported without what it imports and we never use."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


class _ImportedOnUse(ModuleType):
    """Stands for a module until an attribute of it is asked for, and then gives the module's."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # the import system's own questions
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def imported_on_use(*names: str) -> Iterator[None]:
    """Within, importing these modules imports nothing; whoever did so has them at first use.

    Parameters
    ----------
    names
        Whole names, a package before what is in it. What is imported already stays what it is.
    """
    later = {name: _ImportedOnUse(name) for name in names if name not in sys.modules}
    for name, module in later.items():
        package, _, child = name.rpartition(".")
        if package in later:
            setattr(later[package], child, module)
    sys.modules.update(later)
    try:
        yield
    finally:
        for name, module in later.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
