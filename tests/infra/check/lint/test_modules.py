"""What files take from each other."""

from tests.infra.check.lint.written import SITE, output, param, remedy, told


def test_the_braces_of_a_module_have_few_properties():
    assert told("module part 'part.bicep' = {\n  scop: 'x'\n}\n", part=output("'x'")) == [
        "2 unknown-property"
    ]
    assert remedy("module part 'part.bicep' = {\n  scop: 'x'\n}\n", part=output("'x'")) == "Write 'scope'."


def test_a_module_is_deployed_to_what_it_is_written_for():
    text = "targetScope = 'subscription'\nmodule part 'part.bicep' = {\n  SCOPE\n}\n"
    part = output("'x'")
    assert told(text.replace("SCOPE", "scope: resourceGroup('rg')"), part=part) == []
    assert told(text.replace("SCOPE", "name: 'x'"), part=part) == ["2 wrong-scope"]
    assert told(text.replace("SCOPE", "name: 'x'"), part="targetScope = 'subscription'\n" + part) == []


def test_a_secret_stays_one_where_it_is_handed_on():
    text = "@secure()\n" + param() + "module part 'part.bicep' = {\n  params: {\n    size: 'x${a}'\n  }\n}\n"
    part = param("size") + SITE.replace("'n'", "size")
    assert told(text, part=part) == ["6 secret-handed-on"]
    assert remedy(text, part=part) == "Add @secure() to 'size' there."
    assert told(text, part="@secure()\n" + part) == []


def test_a_module_is_given_what_it_needs_and_nothing_else():
    part = param("size") + param("kind", said="Optional. K.", default="'x'") + output("'${size}${kind}'")
    call = "module part 'part.bicep' = {\n  params: {\n    PARAMS\n  }\n}\n"
    assert told(call.replace("PARAMS", "size: 's'"), part=part) == []
    assert told(call.replace("PARAMS", "size: 's'\n    knd: 'x'"), part=part) == ["4 module-parameter"]
    assert remedy(call.replace("PARAMS", "size: 's'\n    knd: 'x'"), part=part) == "Write 'kind'."
    assert told(call.replace("PARAMS", "kind: 'x'"), part=part) == ["1 module-parameter"]
    assert remedy("module part 'part.bicep' = {}\n", part=part) == "Add 'size' to `params`."


def test_a_module_is_there_and_has_the_outputs_that_are_asked():
    assert told("module part 'prt.bicep' = {}\n") == ["1 unknown-file"]
    text = "module part 'part.bicep' = if (true) {}\n" + output("part!.outputs.itt")
    assert told(text, part=output("'x'")) == ["3 unknown-output"]
    assert remedy(text, part=output("'x'")) == "Write 'it'."


def test_what_is_imported_is_exported_there():
    text = "import { A } from 'part.bicep'\n" + output("'a'", "A")
    exported = "@export()\n@description('A.')\ntype A = 'a'\n"
    assert told(text, part=exported) == []
    assert remedy(text, part=exported.replace("type A", "type B")) == "Write one of: B."
    hidden = "type A = 'a'\n" + output("'a'", "A")
    assert remedy(text, part=hidden) == "Add @export() to it there."
