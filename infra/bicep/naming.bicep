metadata description = 'One place for names: abbreviation, workload, environment and, where the whole world shares the name, a suffix.'

import { Environment, Names } from 'types.bicep'

@description('Joins the parts of a name with hyphens and cuts it before the suffix, so that it never grows too long.')
func hyphenated(abbreviation string, workload string, environment Environment, suffix string, limit int) string => '${take('${abbreviation}-${toLower(workload)}-${environment}', limit - length(suffix) - 1)}-${suffix}'

@description('The same for types that take no hyphens.')
func compact(abbreviation string, workload string, environment Environment, suffix string, limit int) string => '${take('${abbreviation}${replace(toLower(workload), '-', '')}${environment}', limit - length(suffix))}${suffix}'

@description('A name that only its resource group has to tell apart.')
func inGroup(abbreviation string, workload string, environment Environment) string => '${abbreviation}-${toLower(workload)}-${environment}'

@export()
@description('Names of all resources of an environment. The suffix is a part of uniqueString, six characters long.')
func nameAll(workload string, environment Environment, suffix string) Names => {
  resourceGroup: inGroup('rg', workload, environment)
  network: inGroup('vnet', workload, environment)
  lake: compact('dls', workload, environment, suffix, 24)
  hostStorage: compact('st', workload, environment, suffix, 24)
  workspaceStorage: compact('stml', workload, environment, suffix, 24)
  vault: hyphenated('kv', workload, environment, suffix, 24)
  sqlServer: hyphenated('sql', workload, environment, suffix, 63)
  sqlDatabase: 'ledger'
  registry: compact('cr', workload, environment, suffix, 50)
  plan: inGroup('asp', workload, environment)
  functionApp: hyphenated('func', workload, environment, suffix, 32)
  lakeTopic: inGroup('egst-lake', workload, environment)
  workspaceTopic: inGroup('egst-mlw', workload, environment)
  workspace: take(inGroup('mlw', workload, environment), 33)
  modelRegistry: hyphenated('mlr', workload, environment, suffix, 33)
  factory: hyphenated('adf', workload, environment, suffix, 63)
  logs: inGroup('log', workload, environment)
  insights: inGroup('appi', workload, environment)
  actionGroup: inGroup('ag', workload, environment)
  dashboard: inGroup('dash', workload, environment)
  budget: inGroup('budget', workload, environment)
  identities: {
    app: inGroup('id-app', workload, environment)
    training: inGroup('id-training', workload, environment)
    workspace: inGroup('id-workspace', workload, environment)
    factory: inGroup('id-factory', workload, environment)
    events: inGroup('id-events', workload, environment)
    deployer: inGroup('id-deployer', workload, environment)
  }
}
