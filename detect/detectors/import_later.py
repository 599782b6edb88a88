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
        # the import system's own questions, but for where a package's modules are: that is asked
        # when somebody else imports one of them meanwhile
        if name.startswith("__") and name != "__path__":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def imported_on_use(*names: str, by: str) -> Iterator[None]:
    """Within, importing these modules imports nothing; whoever did so has them at first use.

    Parameters
    ----------
    names
        Whole names, a package before what is in it. What is imported already stays what it is.
    by
        Whose import this is for; nothing is put off if that is imported already.
    """
    missing = [name for name in names if name not in sys.modules and by not in sys.modules]
    later = {name: _ImportedOnUse(name) for name in missing}
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
