"""What a worker of the local host calls before it imports the app: it plugs the twins of this machine in.

`LakeStorage` may be ``folder:PATH`` instead of a connection string, and `SHELFCAST_LOCAL_JOBS` names the job runner's
folder.
"""

import os
from pathlib import Path

from functions.bootstrap import connect, use
from local.host.storage import FOLDER, store_of
from local.jobs import LocalJobs
from shared.errors import SettingsError
from shared.settings import Settings

JOBS = "SHELFCAST_LOCAL_JOBS"


def prepare() -> None:
    """Connect the app to the twins; raises SettingsError."""
    own = Settings.read(os.environ)
    if not os.environ.get(JOBS):
        raise SettingsError(f"{JOBS} is missing: the folder of the job runner")
    store = store_of("LakeStorage", os.environ) if own.lake_connection.startswith(FOLDER) else None
    use(connect(own, store=store, jobs=LocalJobs(Path(os.environ[JOBS]))))
