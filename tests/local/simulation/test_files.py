import gzip
import zipfile

from openpyxl import load_workbook

from local.simulation.files import write_excel, write_gzip, write_text, write_zip


def test_text_keeps_its_encoding_and_line_ends(tmp_path):
    write_text(tmp_path / "a.csv", ["é", "1"], encoding="latin-1", newline="\r\n")
    assert (tmp_path / "a.csv").read_bytes() == b"\xe9\r\n1\r\n"


def test_packed_files_are_the_same_bytes_each_time(tmp_path):
    for name in "ab":
        write_gzip(tmp_path / f"{name}.gz", ["x"])
        write_zip(tmp_path / f"{name}.zip", {"m.csv": ["x"]})
        write_excel(tmp_path / f"{name}.xlsx", [("Title",), (1, None, "é")], sheet="Blatt")
    for suffix in ("gz", "zip", "xlsx"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_packed_files_hold_what_was_written(tmp_path):
    write_gzip(tmp_path / "a.gz", ["é"])
    write_zip(tmp_path / "a.zip", {"m.csv": ["h", "1"]})
    write_excel(tmp_path / "a.xlsx", [("Title",), (1, None, "é")], sheet="Blatt")
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()).decode() == "é\n"
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("m.csv") == b"h\n1\n"
    page = load_workbook(tmp_path / "a.xlsx")["Blatt"]
    assert [[cell.value for cell in row] for row in page.iter_rows()] == [
        ["Title", None, None],
        [1, None, "é"],
    ]
