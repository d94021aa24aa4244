// Reads {"databases": {name: {table: "(column: type, ...)"}}, "queries": [{"text", "database"}, ...]} on standard input and
// writes, per query, what the Kusto language service finds wrong in it: [{"start": characters, "text": what is wrong}, ...].
'use strict';
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');

const { KustoCode, GlobalState, Symbols } = global.Kusto.Language;

function globalsOf(tables) {
  const members = Object.entries(tables).map(([name, schema]) => Symbols.TableSymbol.From(schema).WithName(name));
  return GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('telemetry', members));
}

function faultsOf(query, globals) {
  const found = KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, index) => found.getItem(index))
    .filter((one) => one.Severity === 'Error')
    .map((one) => ({ start: one.Start, text: one.Message }));
}

const { databases, queries } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const globals = Object.fromEntries(Object.entries(databases).map(([name, tables]) => [name, globalsOf(tables)]));
process.stdout.write(JSON.stringify(queries.map(({ text, database }) => faultsOf(text, globals[database]))));
