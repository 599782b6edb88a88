"""The weights of LR-ASD, read from its own file without PyTorch.

The file is what ``torch.save`` writes: a zip of a pickle, which says how each tensor lies in its
storage, and of the storages as bare numbers. A pickle can call whatever it names, so that ours
knows four names and refuses all others.
"""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from speaker_boxes.errors import ModelError

Weights = Mapping[str, npt.NDArray[np.float32]]
"""Tensors by the names of LR-ASD's modules, without the leading ``model.``."""

_DTYPES: dict[str, np.dtype[Any]] = {
    "FloatStorage": np.dtype("<f4"),
    "LongStorage": np.dtype("<i8"),
}
_MAX_BYTES = 64 << 20
"""Twenty times the true size: what unpacks to more is something else."""


def read_weights(path: Path) -> Weights:
    """Read all floating-point tensors of a file that ``torch.save`` wrote.

    Raises
    ------
    ModelError
        It cannot be read, or is something else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            state = _Reader(archive).load()
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    except (zipfile.BadZipFile, pickle.UnpicklingError, *_DAMAGED) as error:
        raise ModelError(f"{path} is no model of LR-ASD: {error}") from error
    if not isinstance(state, dict) or not state:
        raise ModelError(f"{path} is no model of LR-ASD: it holds no tensors")
    return {
        str(name).removeprefix("model."): value
        for name, value in state.items()
        if isinstance(value, np.ndarray) and value.dtype == np.float32
    }


_DAMAGED = (ValueError, KeyError, IndexError, TypeError, AttributeError, EOFError)
"""What reading a pickle raises that is damaged or made to hurt."""


class _Reader(pickle.Unpickler):
    """Reads the pickle of a state dict: ordered names, and tensors over storages."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        names = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(names) != 1 or sum(info.file_size for info in archive.infolist()) > _MAX_BYTES:
            raise ValueError("it is not as torch.save writes")
        super().__init__(io.BytesIO(archive.read(names[0])))
        self._archive = archive
        self._folder = names[0].removesuffix("data.pkl") + "data/"

    def find_class(self, module: str, name: str) -> Any:
        """Give what a pickle may name, and nothing else."""
        known: dict[str, Any] = {
            "collections.OrderedDict": OrderedDict,
            "torch._utils._rebuild_tensor_v2": _tensor,
            "torch.FloatStorage": "FloatStorage",
            "torch.LongStorage": "LongStorage",
        }
        full = f"{module}.{name}"
        if full not in known:
            raise pickle.UnpicklingError(f"it asks for {full}")
        return known[full]

    def persistent_load(self, pid: Any) -> npt.NDArray[Any]:
        """Read a storage: ``("storage", type, key, device, number of elements)``."""
        kind, dtype, key, _device, count = pid
        if kind != "storage" or "/" in str(key):
            raise ValueError("it holds something other than tensors")
        data = self._archive.read(f"{self._folder}{key}")
        return np.asarray(np.frombuffer(data, _DTYPES[str(dtype)], int(count)))


def _tensor(
    storage: npt.NDArray[Any],
    offset: int,
    shape: tuple[int, ...],
    stride: tuple[int, ...],
    *_unused: object,
) -> npt.NDArray[Any]:
    """Lay a tensor over its storage; all of LR-ASD's lie whole and in order."""
    size = math.prod(shape)
    in_order = tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))
    loose = any(s != t and n > 1 for s, t, n in zip(stride, in_order, shape, strict=True))
    if loose or offset < 0 or offset + size > len(storage):
        raise ValueError("a tensor does not lie whole in its storage")
    return storage[offset : offset + size].reshape(shape)
