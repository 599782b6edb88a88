"""Imports that wait until they are used, each in a Python of its own."""

from __future__ import annotations

import subprocess
import sys

HEAVY = "print(sorted({'matplotlib', 'sounddevice'} & set(sys.modules)))"


def run(code: str) -> list[str]:
    """Lines that a Python of its own prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_opening_mediapipe_imports_no_plots_and_no_sound() -> None:
    """The detector opens without them."""
    code = (
        "import sys; from speaker_boxes.detect.detectors.registry import open_detectors\n"
        f"with open_detectors('mediapipe'): {HEAVY}"
    )

    assert run(code) == ["[]"]


def test_what_was_put_off_is_there_when_it_is_used() -> None:
    """MediaPipe's own drawing still finds its Matplotlib, and so does anybody else."""
    code = (
        "import sys; from speaker_boxes.detect.detectors.registry import open_detectors\n"
        "with open_detectors('mediapipe'): pass\n"
        "from mediapipe.tasks.python.vision import drawing_utils\n"
        "print(callable(drawing_utils.plt.figure))\n"
        "import matplotlib.pyplot\n"
        "print(matplotlib.pyplot.figure is drawing_utils.plt.figure)"
    )

    assert run(code) == ["True", "True"]


FROM = "import sys, json\nfrom speaker_boxes.detect.detectors.import_later import imported_on_use\n"


def test_what_is_imported_already_stays() -> None:
    """A module that is there is not put off, and one that is not there is missed at its use."""
    code = FROM + (
        "with imported_on_use('json', 'no_such_thing', by='nobody'):\n"
        "    import json as again, no_such_thing\n"
        "print(again is json, 'no_such_thing' in sys.modules)\n"
        "try: no_such_thing.use\n"
        "except ModuleNotFoundError: print('missed')"
    )

    assert run(code) == ["True False", "missed"]


def test_others_may_import_it_meanwhile() -> None:
    """Another part of a package, or something of it: the package itself comes."""
    code = FROM + (
        "with imported_on_use('wsgiref', 'wsgiref.util', 'csv', by='nobody'):\n"
        "    import wsgiref.util as put_off\n"
        "    import wsgiref.headers\n"
        "    from csv import reader\n"
        "print(wsgiref.headers.Headers.__name__, reader.__name__)\n"
        "import wsgiref.util\n"
        "print(put_off.FileWrapper is wsgiref.util.FileWrapper)"
    )

    assert run(code) == ["Headers reader", "True"]


def test_nothing_is_put_off_for_what_is_imported_already() -> None:
    """Whoever imports it now gets it."""
    code = FROM + (
        "with imported_on_use('csv', by='json'):\n"
        "    import csv\n"
        "print(type(csv).__name__, csv is sys.modules['csv'])"
    )

    assert run(code) == ["module True"]
