"""The connection to a storage account, and its errors in our words. Blobs are read and written elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared.errors import LakeError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.storage.blob import BlobServiceClient

CHUNK_BYTES = 4 << 20  # read and written at a time; a blob that is smaller takes one request
CONNECTIONS = 32  # kept open at a time, for as many threads
TIMEOUT_SECONDS = 60  # without any byte from the service


def connect(
    *, connection_string: str, account_url: str, credential: "TokenCredential | None", retries: int
) -> "BlobServiceClient":
    """Return a client of the account; nothing is sent yet."""
    from azure.storage.blob import BlobServiceClient, ExponentialRetry

    options: dict[str, Any] = {
        "retry_policy": ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=retries),
        "transport": _transport(),
        "max_single_get_size": CHUNK_BYTES,
        "max_chunk_get_size": CHUNK_BYTES,
        "max_single_put_size": 4 * CHUNK_BYTES,
        "max_block_size": CHUNK_BYTES,
    }
    if connection_string:
        return BlobServiceClient.from_connection_string(connection_string, **options)
    return BlobServiceClient(account_url, credential or _identity(), **options)


@contextmanager
def our_errors(path: str) -> Iterator[None]:
    """Turn the SDK's errors into ours."""
    from azure.core.exceptions import AzureError

    try:
        yield
    except AzureError as exc:
        message = str(exc).partition("\n")[0]
        raise LakeError(f"{path}: the storage account refuses or does not answer: {message}") from exc


def code_of(exc: Exception) -> str:
    """Return the service's word for an error, such as ``ContainerNotFound``."""
    code = getattr(exc, "error_code", None) or ""
    return str(getattr(code, "value", code))  # an enumeration, or text where the SDK does not know it


def bare(etag: str) -> str:
    """Return an ETag without its quotes, which some answers have and others have not."""
    return etag.strip('"')


def is_folder(properties: Any) -> bool:
    """Whether it is a folder of a hierarchical account, which shows folders as empty blobs."""
    return (properties.metadata or {}).get("hdi_isfolder") == "true"


def _transport() -> Any:
    from azure.core.pipeline.transport import RequestsTransport
    from requests import Session
    from requests.adapters import HTTPAdapter

    session = Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=CONNECTIONS, pool_maxsize=CONNECTIONS))
    return RequestsTransport(
        session=session, connection_timeout=TIMEOUT_SECONDS / 4, read_timeout=TIMEOUT_SECONDS
    )


def _identity() -> "TokenCredential":
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()
