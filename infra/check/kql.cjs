// Reads {"databases": {name: {table: "(column: type, ...)"}}, "queries": [{"text", "database"}, ...]} on standard input and
// writes, per query, what the Kusto language service finds wrong in it and which columns it gives:
// {"faults": [{"start": characters, "text": what is wrong}, ...], "columns": [name, ...]}.
'use strict';
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');

const { KustoCode, GlobalState, Symbols } = global.Kusto.Language;

function globalsOf(tables) {
  const members = Object.entries(tables).map(([name, schema]) => Symbols.TableSymbol.From(schema).WithName(name));
  return GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('telemetry', members));
}

const listOf = (found) => Array.from({ length: found.Count }, (_, index) => found.getItem(index));

function answerOf(query, globals) {
  const code = KustoCode.ParseAndAnalyze(query, globals);
  const faults = listOf(code.GetDiagnostics())
    .filter((one) => one.Severity === 'Error')
    .map((one) => ({ start: one.Start, text: one.Message }));
  return { faults, columns: listOf(code.ResultType?.Columns ?? { Count: 0 }).map((column) => column.Name) };
}

const { databases, queries } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const globals = Object.fromEntries(Object.entries(databases).map(([name, tables]) => [name, globalsOf(tables)]));
process.stdout.write(JSON.stringify(queries.map(({ text, database }) => answerOf(text, globals[database]))));
