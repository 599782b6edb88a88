"""ONNX Runtime as we run it: one thread, which waits without turning in circles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from speaker_boxes.errors import ModelError
from speaker_boxes.system_libraries import explain_load_error

try:
    import onnxruntime
    from onnxruntime.capi import (
        onnxruntime_pybind11_state as ort_errors,
    )
except (ImportError, OSError) as error:
    raise ModelError(f"cannot load ONNX Runtime: {explain_load_error(error)}") from error

Floats = npt.NDArray[np.float32]

_REFUSALS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
"""What ONNX Runtime raises for a model that does not fit; its errors have no base of their own."""


class Session:
    """A network that is loaded.

    Raises
    ------
    ModelError
        The graph is none, or not one that ONNX Runtime knows.
    """

    def __init__(self, graph: bytes, name: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # a thread that waits must leave its core to our other workers
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # planned memory is kept for each size or length that was seen: twice as much, and no faster
        options.enable_mem_pattern = False
        options.log_severity_level = 3  # errors only: the rest is for who builds networks
        try:
            self._session = onnxruntime.InferenceSession(
                graph, options, providers=["CPUExecutionProvider"]
            )
        except _REFUSALS as error:
            reason = " ".join(str(error).split())
            raise ModelError(f"cannot load {name}: {reason}") from error
        self.outputs: list[str] = [each.name for each in self._session.get_outputs()]

    def run(
        self,
        inputs: Mapping[str, npt.NDArray[np.generic]],
        outputs: Sequence[str] | None = None,
    ) -> list[Floats]:
        """Outputs by their names, or all, for inputs by their names."""
        found = self._session.run(outputs, dict(inputs))
        return [np.asarray(each, np.float32) for each in found]
