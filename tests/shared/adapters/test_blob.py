"""What only a storage account does; the contract of every blob store is in tests/local/test_folder.py."""

import multiprocessing
import pickle
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.azurite import ACCOUNT, KEY
from shared.adapters.blob import AzureBlobStore
from shared.adapters.blob_service import CHUNK_BYTES
from shared.errors import BlobMissing, LakeError, WriteConflict

BIG = bytes(range(256)) * (3 * CHUNK_BYTES // 256) + b"end"


def at(port: int, *, retries: int = 0) -> AzureBlobStore:
    url = f"http://127.0.0.1:{port}/{ACCOUNT}"
    text = f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={url};"
    return AzureBlobStore(connection_string=text, retries=retries)


class TestReading:
    def test_a_large_blob_is_read_in_chunks_from_any_place(self, azure_store):
        azure_store.put("raw/big", BIG)
        with azure_store.open("raw/big") as blob:
            assert blob.read(10) == BIG[:10]
            blob.seek(-3, 2)
            assert blob.read() == b"end"
            blob.seek(CHUNK_BYTES - 5)
            assert blob.read(10) == BIG[CHUNK_BYTES - 5 : CHUNK_BYTES + 5]
            blob.seek(0)
            assert blob.read() == BIG
            assert blob.read(1) == b""

    def test_an_empty_blob(self, azure_store):
        azure_store.put("raw/empty", b"")
        assert azure_store.open("raw/empty").read() == b""

    def test_lines(self, azure_store):
        azure_store.put("raw/lines", b"a\nb\r\nc")
        with azure_store.open("raw/lines") as blob:
            assert list(blob) == [b"a\n", b"b\r\n", b"c"]

    def test_a_large_blob_that_is_replaced_meanwhile_is_not_mixed(self, azure_store):
        azure_store.put("raw/big", BIG)
        with azure_store.open("raw/big") as blob:
            azure_store.put("raw/big", BIG[::-1])
            with pytest.raises(WriteConflict, match="raw/big was replaced while it was read"):
                blob.read()


class TestContainers:
    def test_are_made_on_demand_by_many_at_once(self, azure_store):
        threads = [
            threading.Thread(target=azure_store.put, args=(f"fresh/{n}", b"x"), daemon=True)
            for n in range(6)
        ]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(list(azure_store.list("fresh/"))) == 6

    @pytest.mark.parametrize("path", ["raw", "Raw/x", "a/x", "raw--1/x", "-raw/x", "n" * 64 + "/x"])
    def test_what_is_no_container_holds_nothing(self, azure_store, path):
        assert azure_store.stat(path) is None
        assert list(azure_store.list(path)) == []
        with pytest.raises(BlobMissing):
            azure_store.open(path)
        with pytest.raises(LakeError, match="3 to 63 lowercase letters"):
            azure_store.put(path, b"")

    def test_folders_of_a_hierarchical_account_are_no_blobs(self, azure_store):
        azure_store.put("raw/folder/x", b"x")
        client = azure_store._client().get_blob_client("raw", "folder")
        client.upload_blob(b"", metadata={"hdi_isfolder": "true"})
        assert azure_store.stat("raw/folder") is None
        assert [info.path for info in azure_store.list("raw/")] == ["raw/folder/x"]
        with pytest.raises(BlobMissing):
            azure_store.open("raw/folder")


def _put(store: AzureBlobStore, path: str) -> None:
    store.put(path, b"from another process")


class TestProcesses:
    @pytest.mark.parametrize("method", ["fork", "spawn"])
    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
    def test_each_has_its_own_connection(self, azure_store, method):
        azure_store.put("raw/here", b"here")
        process = multiprocessing.get_context(method).Process(target=_put, args=(azure_store, "raw/there"))
        process.start()
        process.join()
        assert process.exitcode == 0
        assert [info.path for info in azure_store.list("raw/")] == ["raw/here", "raw/there"]

    def test_a_copy_tells_no_secret_and_no_connection(self, azure_store):
        azure_store.put("raw/here", b"here")
        assert pickle.loads(pickle.dumps(azure_store)) == azure_store
        assert KEY not in repr(azure_store)


class Proxy(BaseHTTPRequestHandler):
    """Passes requests on, and keeps the answer of the first write to itself."""

    protocol_version = "HTTP/1.1"
    behind = 0
    swallowed = 0

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        service = HTTPConnection("127.0.0.1", self.behind)
        service.request(self.command, self.path, body, dict(self.headers))
        answer = service.getresponse()
        content = answer.read()
        service.close()
        if self.command == "PUT" and "x-ms-blob-type" in self.headers and not self.swallowed:
            type(self).swallowed += 1
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "keep-alive", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_HEAD = _pass  # noqa: N815 - the base class names them so

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def lossy(azurite) -> Iterator[int]:
    handler = type("Lossy", (Proxy,), {"behind": azurite.port, "swallowed": 0})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


class TestTrouble:
    def test_a_write_whose_answer_is_lost_is_no_conflict_with_itself(self, azure_store, lossy):
        azure_store.put("raw/first", b"")
        etag = at(lossy, retries=2).put("raw/claim", b"mine", if_match="")
        assert azure_store.stat("raw/claim").etag == etag
        with pytest.raises(WriteConflict):
            azure_store.put("raw/claim", b"theirs", if_match="")

    def test_a_service_that_is_away(self):
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            with pytest.raises(LakeError, match="raw/x: the storage account refuses or does not answer"):
                at(held.getsockname()[1]).stat("raw/x")

    def test_wrong_keys(self, azurite):
        wrong = azurite.connection_string.replace(KEY, "d3Jvbmc=")
        with pytest.raises(LakeError, match="refuses") as caught:
            AzureBlobStore(connection_string=wrong, retries=0).put("raw/x", b"")
        assert not isinstance(caught.value, WriteConflict | BlobMissing)

    def test_either_a_connection_string_or_an_address(self):
        for wrong in ({}, {"connection_string": "x", "account_url": "y"}):
            with pytest.raises(LakeError, match="one of the two"):
                AzureBlobStore(**wrong)
