"""Files of Bicep as they are read, and what is said of those that cannot be."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.check.model import Place
from infra.check.syntax import parse, parse_text
from infra.check.syntax.nodes import (
    Array,
    ArrayOf,
    Binary,
    Call,
    Expression,
    For,
    Func,
    If,
    Import,
    Index,
    Interpolated,
    ItemOf,
    Lambda,
    Literal,
    Member,
    ModuleDecl,
    Name,
    Nested,
    NonNull,
    Nullable,
    Object,
    ObjectType,
    Output,
    Param,
    ParamAssignment,
    ResourceDecl,
    Spread,
    Ternary,
    Type,
    TypeCall,
    Unary,
    Union,
    Using,
    Var,
)

HERE = Path("main.bicep")


def value_of(text: str) -> Expression:
    read = parse_text(f"var x = {text}\n", HERE)
    assert not read.faults, read.faults
    (variable,) = read.of(Var)
    return variable.value


def only(text: str, kind: type, path: Path = HERE):
    read = parse_text(text, path)
    assert not read.faults, read.faults
    (found,) = read.of(kind)
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''", None),
        (r"'it\'s \\ \u{e9} \${x}'", "it's \\ é ${x}"),
        ("'100 $ and 5$'", "100 $ and 5$"),
        ("''", ""),
        ("42", 42),
        ("true", True),
        ("null", None),
    ],
)
def test_literals(text: str, value: object) -> None:
    if text == "'it''":
        assert parse_text(f"var x = {text}", HERE).faults
    else:
        assert value_of(text) == Literal(place=Place(HERE, 1), value=value)


def test_a_text_over_several_lines_is_taken_as_it_stands() -> None:
    read = parse_text("var kql = '''\nruns\n| where n > ${1}\n'''\nvar after = 1", HERE)
    assert [v.value.value for v in read.of(Var)] == ["runs\n| where n > ${1}\n", 1]
    assert read.named("after").place.line == 5


def test_holes_are_expressions() -> None:
    found = value_of("'a-${toLower('B${c}')}-d'")
    assert isinstance(found, Interpolated)
    assert found.parts[0] == "a-"
    assert isinstance(found.parts[1], Call)
    assert isinstance(found.parts[1].arguments[0], Interpolated)


def test_operators_bind_as_in_the_language() -> None:
    found = value_of("a || b && c == 1 + 2 * -d ?? e")
    assert isinstance(found, Binary)
    assert found.operator == "??"
    assert found.left.operator == "||"
    assert found.left.right.operator == "&&"
    assert found.left.right.right.operator == "=="
    product = found.left.right.right.right.right
    assert (product.operator, type(product.right)) == ("*", Unary)


def test_a_ternary_may_stand_on_three_lines() -> None:
    found = value_of("isProd\n  ? 'ZRS'\n  : 'LRS'")
    assert isinstance(found, Ternary)
    assert found.otherwise.place.line == 3


def test_what_is_taken_out_of_something() -> None:
    found = value_of("st::blobs.properties.?list[?0]!.keys")
    assert isinstance(found, Member)
    assert isinstance(found.target, NonNull)
    index = found.target.target
    assert isinstance(index, Index)
    assert index.safe
    assert index.target.safe
    assert isinstance(index.target.target.target, Nested)


def test_objects_and_arrays_spread() -> None:
    found = value_of("{\n  ...base\n  'a-b': 1\n  '${c}': [\n    ...d\n    2\n  ]\n}")
    assert isinstance(found, Object)
    spread, plain, computed = found.entries
    assert isinstance(spread, Spread)
    assert (plain.name, computed.name) == ("a-b", None)
    assert plain.place.line == 3
    assert isinstance(computed.value, Array)
    assert isinstance(computed.value.items[0], Spread)


def test_loops_and_lambdas() -> None:
    loop = value_of("[for (zone, i) in zones: { name: zone }]")
    assert isinstance(loop, For)
    assert (loop.item, loop.index) == ("zone", "i")
    call = value_of("reduce(map(xs, x => x + 1), 0, (a, b) => a + b)")
    assert isinstance(call, Call)
    assert [p for a in call.find(Lambda) for p in a.parameters] == ["x", "a", "b"]


def test_a_resource_with_a_child_a_condition_and_decorators() -> None:
    found = only(
        """
@description('The lake.')
@batchSize(1)
resource lake 'Microsoft.Storage/storageAccounts@2024-01-01' = if (wanted) {
  name: 'st'
  resource blobs 'blobServices' existing = {
    name: 'default'
  }
}
""",
        ResourceDecl,
    )
    assert (found.type, found.api_version) == ("Microsoft.Storage/storageAccounts", "2024-01-01")
    assert found.description == "The lake."
    assert found.decorator("batchSize")
    assert isinstance(found.body, If)
    (child,) = found.body.body.resources
    assert (child.name, child.existing, child.place.line) == ("blobs", True, 6)


def test_a_module_in_a_loop() -> None:
    found = only("module roles 'roles.bicep' = [for r in rs: if (r.on) {\n  name: 'r'\n}]", ModuleDecl)
    assert found.path == "roles.bicep"
    assert isinstance(found.body, For)
    assert isinstance(found.body.body, If)


def test_types() -> None:
    found = only(
        """
@export()
type sizes = {
  @description('Required. Nodes.')
  nodes: int
  tier: ('Basic' | 'Standard')?
  tags: tags.more.*
  list: string[]?
  sku: resourceInput<'Microsoft.Storage/storageAccounts@2024-01-01'>.sku
  *: bool
}
""",
        Type,
    )
    assert isinstance(found.value, ObjectType)
    nodes, tier, tags, names, sku, rest = found.value.properties
    assert nodes.decorators[0].name == "description"
    assert isinstance(tier.type, Nullable)
    assert isinstance(tier.type.target, Union)
    assert isinstance(tags.type, ItemOf)
    assert isinstance(names.type.target, ArrayOf)
    assert isinstance(sku.type.target, TypeCall)
    assert rest.name is None


def test_functions_imports_parameters_outputs() -> None:
    read = parse_text(
        """
import { tagsType, short as shorten } from 'types.bicep'
import * as naming from 'naming.bicep'
func greet(name string, times int) string => '${name} ${times}'
@secure()
param password string = ''
output greeting string = greet('you', 2)
""",
        HERE,
    )
    assert not read.faults
    first, second = read.of(Import)
    assert [(s.original, s.name) for s in first.symbols] == [("tagsType", "tagsType"), ("short", "shorten")]
    assert (second.name, second.path, second.symbols) == ("naming", "naming.bicep", ())
    assert [p.name for p in read.of(Func)[0].parameters] == ["name", "times"]
    assert read.of(Param)[0].default == Literal(place=Place(HERE, 6), value="")
    assert read.of(Output)[0].type == Name(place=Place(HERE, 7), name="string")


def test_names_of_an_import_may_stand_on_lines_of_their_own() -> None:
    found = only("import {\n  one\n  two as zwei\n} from 'types.bicep'\n", Import)
    assert [(s.original, s.name, s.place.line) for s in found.symbols] == [
        ("one", "one", 2),
        ("two", "zwei", 3),
    ]


def test_parameter_files_without_a_template() -> None:
    assert only("using none\n", Using, Path("shared.bicepparam")).path is None


def test_parameter_files() -> None:
    read = parse_text(
        "using 'main.bicep'\n\nparam environment = 'dev'\nparam mail = readEnvironmentVariable('MAIL', 'a@b')\n",
        Path("dev.bicepparam"),
    )
    assert not read.faults
    assert read.of(Using)[0].path == "main.bicep"
    assert [(p.name, p.place.line) for p in read.of(ParamAssignment)] == [("environment", 3), ("mail", 4)]
    assert read.of(ParamAssignment)[1].value.name == "readEnvironmentVariable"


def test_comments_and_pragmas_are_no_statements() -> None:
    text = "// why\n#disable-next-line no-unused-vars\nvar a = 1 // one\n/* two\n lines */ var b = 2\n"
    assert [(v.name, v.place.line) for v in parse_text(text, HERE).of(Var)] == [("a", 3), ("b", 5)]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("var a = ", 1, "an expression"),
        ("var a = 'x\nvar b = 1", 1, "quote"),
        ("var a = {\n  b: 1 c: 2\n}", 2, "a new line"),
        ("var a = [\n  1,\n  2\n]", 2, "no comma"),
        ("var a = f(1,)", 1, "no comma"),
        ("var a = 1 +\n  2", 1, "an expression"),
        ("param a string\nvariable b = 1", 2, "a statement"),
        ("resource a 'b@' = {}", 1, "Provider/type@version"),
        ("var a = f(1", 1, "`)`"),
        ("var a = (1, 2)", 1, "one of them"),
        ("var a = '${b", 1, "`}`"),
        ("var a = 'b\\q'", 1, r"\n"),
        ("var a = ~b", 1, "Remove"),
        ("var a = b.?c()", 1, "`.`"),
        ("using 'main.bicep'", 1, "a statement"),
        ("@description('x') var", 1, "a name"),
    ],
)
def test_faults_name_line_and_remedy(text: str, line: int, says: str) -> None:
    fault = parse_text(text, HERE).faults[0]
    assert (fault.rule, fault.place) == ("syntax", Place(HERE, line))
    assert says in fault.remedy


def test_one_broken_statement_hides_no_other() -> None:
    read = parse_text("var a = 1 +\nvar b = 2\nparam c strin[ = 1\noutput d int = b\n", HERE)
    assert [fault.place.line for fault in read.faults] == [1, 3]
    assert {d.name for d in read.declarations} == {"b", "d"}


def test_the_published_grammar_agrees_with_everything_written_here() -> None:
    text = "var a = { ...b }\nvar c = [ ...d ]\nvar e = f!.g\nvar h string? = i.?j[?0]\nparam k { l: string? }?\n"
    assert parse_text(text, HERE).faults == ()


def test_a_file_that_is_not_text_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "main.bicep").write_bytes(b"\xff\xfe\x00")
    assert [fault.rule for fault in parse(tmp_path / "main.bicep", tmp_path).faults] == ["syntax"]
    assert [fault.rule for fault in parse(tmp_path / "none.bicep", tmp_path).faults] == ["syntax"]


def test_deep_nesting_is_a_fault() -> None:
    for text in ("(" * 5000, "[" * 5000, "{a:" * 5000, "'${" * 5000, "a ? " * 5000, "x => " * 5000):
        assert "nested too deeply" in parse_text(f"var x = {text}", HERE).faults[0].problem
    assert parse_text("param x " + "[" * 5000, HERE).faults


PIECES = st.sampled_from(
    [
        "var", "param", "resource", "module", "output", "type", "func", "import", "for", "if", "in", "existing", "a",
        "'", "'''", "${", "}", "{", "(", ")", "[", "]", "...", ".?", "!", "?", "??", ":", "::", "=", "=>", "@", ",",
        "\n", "\r\n", " ", "1", "'x'", "-", "&&", "<", ">", "|", "*", "//", "/*", "*/", "#disable", "\\", "é", "\x00",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=60))
def test_wild_texts_are_read_or_refused(text: str) -> None:
    for name in ("wild.bicep", "wild.bicepparam"):
        read = parse_text(text, Path(name))
        assert all(fault.rule == "syntax" and fault.place.line >= 1 for fault in read.faults)
        assert all(
            syntax.place.line >= 1 for declaration in read.declarations for syntax in declaration.walk()
        )
