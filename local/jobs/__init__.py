"""Azure ML's twin on one machine: a queue that any process may use, and a runner that works it off.

`LocalJobs` is what the app uses; `python -m local.jobs` is the runner. What the steps do is not here.
"""

from local.jobs.client import LocalJobs

__all__ = ["LocalJobs"]
