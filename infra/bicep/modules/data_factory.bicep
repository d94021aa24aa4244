metadata description = 'Data Factory with the pipelines and triggers of infra/adf. Triggers are deployed stopped: infra/deploy/triggers.sh starts them.'

import { Tags } from '../types.bicep'

@description('Required. Region.')
param location string

@description('Required. Tags of every resource.')
param tags Tags

@description('Required. Log Analytics workspace for diagnostics.')
param logAnalyticsWorkspaceId string

@description('Required. Name of the factory.')
param name string

@description('Required. Id of the identity that the factory reads the vault with.')
param identityId string

@description('Required. Address of the Function app.')
param functionAppUrl string

@description('Required. Id of the Function app.')
param functionAppId string

@description('Required. Address of the Key Vault.')
param vaultUrl string

@description('Required. Id of the Key Vault.')
param vaultId string

@description('Required. Id of the lake, whose arriving files start a pipeline.')
param lakeId string

@description('Required. Whether public access is off and other services are reached over private endpoints.')
param privateNetwork bool

@description('Optional. Whether there is an integration runtime for machines of the client, which bring files from inside the client\'s network.')
param selfHostedRuntime bool = false

// The vault's address without a slash at its end: paths are put behind it.
var vault = endsWith(vaultUrl, '/') ? take(vaultUrl, length(vaultUrl) - 1) : vaultUrl

var globalParameters = json(replace(
  replace(loadTextContent('../../adf/global_parameters.json'), '{{function_app_url}}', functionAppUrl),
  '{{key_vault_url}}',
  vault
))
var keyVaultService = json(replace(
  loadTextContent('../../adf/linked_services/key_vault.json'),
  '{{key_vault_url}}',
  vault
))
var functionAppService = json(replace(
  loadTextContent('../../adf/linked_services/function_app.json'),
  '{{function_app_url}}',
  functionAppUrl
))
var onArrivalTrigger = json(replace(
  loadTextContent('../../adf/triggers/on_arrival.json'),
  '{{storage_account_id}}',
  lakeId
))
var weeklyTrigger = loadJsonContent('../../adf/triggers/weekly.json')

var privateTargets = privateNetwork
  ? [
      {
        name: 'key_vault'
        id: vaultId
        group: 'vault'
      }
      {
        name: 'function_app'
        id: functionAppId
        group: 'sites'
      }
    ]
  : []

resource factory 'Microsoft.DataFactory/factories@2018-06-01' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    publicNetworkAccess: privateNetwork ? 'Disabled' : 'Enabled'
    globalParameters: globalParameters
  }
}

resource credential 'Microsoft.DataFactory/factories/credentials@2018-06-01' = {
  parent: factory
  name: 'factory_identity'
  properties: {
    type: 'ManagedIdentity'
    typeProperties: {
      resourceId: identityId
    }
  }
}

resource managedNetwork 'Microsoft.DataFactory/factories/managedVirtualNetworks@2018-06-01' = if (privateNetwork) {
  parent: factory
  name: 'default'
  properties: {}
}

resource managedRuntime 'Microsoft.DataFactory/factories/integrationRuntimes@2018-06-01' = if (privateNetwork) {
  parent: factory
  // The name of the runtime that activities take where they name none, so that the pipelines are the same everywhere.
  name: 'AutoResolveIntegrationRuntime'
  properties: {
    type: 'Managed'
    managedVirtualNetwork: {
      type: 'ManagedVirtualNetworkReference'
      referenceName: 'default'
    }
    typeProperties: {
      computeProperties: {
        location: 'AutoResolve'
      }
    }
  }
  dependsOn: [managedNetwork]
}

resource managedEndpoints 'Microsoft.DataFactory/factories/managedVirtualNetworks/managedPrivateEndpoints@2018-06-01' = [
  for target in privateTargets: {
    parent: managedNetwork
    name: target.name
    properties: {
      privateLinkResourceId: target.id
      groupId: target.group
    }
  }
]

resource clientRuntime 'Microsoft.DataFactory/factories/integrationRuntimes@2018-06-01' = if (selfHostedRuntime) {
  parent: factory
  name: 'client-network'
  properties: {
    type: 'SelfHosted'
    description: 'Machines of the client, which bring files from inside the client\'s network.'
  }
}

resource keyVault 'Microsoft.DataFactory/factories/linkedservices@2018-06-01' = {
  parent: factory
  name: 'key_vault'
  properties: keyVaultService.properties
  dependsOn: [credential, managedRuntime]
}

resource functionApp 'Microsoft.DataFactory/factories/linkedservices@2018-06-01' = {
  parent: factory
  name: 'function_app'
  properties: functionAppService.properties
  dependsOn: [keyVault, managedRuntime]
}

resource weeklyRun 'Microsoft.DataFactory/factories/pipelines@2018-06-01' = {
  parent: factory
  name: 'weekly_run'
  properties: loadJsonContent('../../adf/pipelines/weekly_run.json').properties
  dependsOn: [functionApp]
}

resource weeklyRunWebhook 'Microsoft.DataFactory/factories/pipelines@2018-06-01' = {
  parent: factory
  name: 'weekly_run_webhook'
  properties: loadJsonContent('../../adf/pipelines/weekly_run_webhook.json').properties
  dependsOn: [functionApp, credential]
}

resource cancelRun 'Microsoft.DataFactory/factories/pipelines@2018-06-01' = {
  parent: factory
  name: 'cancel_run'
  properties: loadJsonContent('../../adf/pipelines/cancel_run.json').properties
  dependsOn: [functionApp]
}

resource replayConditioning 'Microsoft.DataFactory/factories/pipelines@2018-06-01' = {
  parent: factory
  name: 'replay_conditioning'
  properties: loadJsonContent('../../adf/pipelines/replay_conditioning.json').properties
  dependsOn: [functionApp]
}

resource runOnArrival 'Microsoft.DataFactory/factories/pipelines@2018-06-01' = {
  parent: factory
  name: 'run_on_arrival'
  properties: loadJsonContent('../../adf/pipelines/run_on_arrival.json').properties
  dependsOn: [replayConditioning]
}

// Whether a trigger runs is no part of its definition: the service refuses it, and starts every new one stopped.
resource weekly 'Microsoft.DataFactory/factories/triggers@2018-06-01' = {
  parent: factory
  name: 'weekly'
  properties: any(toObject(
    filter(items(weeklyTrigger.properties), entry => entry.key != 'runtimeState'),
    entry => entry.key,
    entry => entry.value
  ))
  dependsOn: [weeklyRun]
}

resource onArrival 'Microsoft.DataFactory/factories/triggers@2018-06-01' = {
  parent: factory
  name: 'on_arrival'
  properties: any(toObject(
    filter(items(onArrivalTrigger.properties), entry => entry.key != 'runtimeState'),
    entry => entry.key,
    entry => entry.value
  ))
  dependsOn: [runOnArrival]
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: factory
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    // A table per kind of record, which the queries of the workbook read.
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

@description('Id of the factory.')
output id string = factory.id

@description('Name of the factory.')
output name string = factory.name
