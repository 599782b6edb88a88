"""Many clips: jobs from a file, done side by side, each reported, finished ones left alone."""

from speaker_boxes.batch.jobs import Job, read_jobs
from speaker_boxes.batch.results import RESULTS, JobResult, read_results, write_results
from speaker_boxes.batch.run import BatchOptions, run_batch

__all__ = [
    "RESULTS",
    "BatchOptions",
    "Job",
    "JobResult",
    "read_jobs",
    "read_results",
    "run_batch",
    "write_results",
]
