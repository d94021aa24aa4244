import sys

import pytest

from delivery.__main__ import WORDS, main


def test_words_are_listed_without_loading_what_does_them(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])

    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in WORDS)


@pytest.mark.parametrize("given", [[], ["deliver"]])
def test_an_unknown_word_is_a_wrong_argument(given, capsys):
    with pytest.raises(SystemExit) as end:
        main(given)

    assert end.value.code == 2
    assert "WORD" in capsys.readouterr().err


def test_a_word_gets_its_arguments_and_its_result_is_the_exit_code(monkeypatch, tmp_path, capsys):
    (tmp_path / "errand.py").write_text(
        "from shared.errors import LakeError\n"
        "def add_arguments(parser): parser.add_argument('--code', type=int)\n"
        "def run(arguments):\n"
        "    if arguments.code is None: raise LakeError('the lake is dry')\n"
        "    return arguments.code\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(WORDS, "errand", ("errand", "run an errand"))

    assert main(["errand", "--code", "0"]) == 0
    assert main(["errand", "--code", "1"]) == 1
    assert main(["errand"]) == 1
    assert capsys.readouterr().err == "LakeError: the lake is dry\n"
    sys.modules.pop("errand")
