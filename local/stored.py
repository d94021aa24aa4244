"""Opens the storage of a system that is stopped, for those who only want to look. Running one is local.up's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.azurite import Azurite
from local.folder import FolderStore
from local.host.storage import store_of
from shared.ports import BlobStore

AZURITE = "azurite"


@contextmanager
def stored(folder: Path) -> Iterator[BlobStore]:
    """Open the storage below a system's folder, whichever it has; raises LakeError where a running system holds it."""
    if not (folder / AZURITE).is_dir():
        yield FolderStore(folder)
        return
    with Azurite(folder / AZURITE) as azurite:
        yield store_of("LakeStorage", {"LakeStorage": azurite.connection_string})
