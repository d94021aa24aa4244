metadata name = 'Shelfcast'
metadata description = 'Everything that an environment of Shelfcast consists of, from the resource group on.'

targetScope = 'subscription'

import { nameAll } from 'naming.bicep'
import { roleMap } from 'role_map.bicep'
import { AddressPlan, AlertLimits, AppLimits, AppSettings, BudgetSettings, Clusters, Environment, FederatedCredential } from 'types.bicep'
import { LakeRetention, LogSettings, Schedules, SqlAdministrator, SqlSettings, StorageSku } from 'types.bicep'

@description('Required. Environment. It is a part of every name.')
param environment Environment

@description('Required. Azure region of all resources.')
param location string

@description('Required. Who answers for the environment: a person or a team.')
param owner string

@description('Required. Who pays for it.')
param costCenter string

@description('Optional. Name of the system, a part of every name.')
@minLength(3)
@maxLength(12)
param workload string = 'shelfcast'

@description('Required. Whether everything is reached through private endpoints and public access is off.')
param privateNetwork bool

@description('Optional. Address ranges, used where the network is private.')
param addresses AddressPlan = {
  space: '10.40.0.0/20'
  app: '10.40.0.0/24'
  endpoints: '10.40.1.0/24'
}

@description('Required. Whether nobody can delete what holds data.')
param lockResources bool

@description('Required. Redundancy of the data lake.')
param lakeSku StorageSku

@description('Required. Redundancy of the storage accounts of the Functions host and the workspace.')
param hostStorageSku StorageSku

@description('Required. When the zones of the lake cool down and end.')
param lakeRetention LakeRetention

@description('Required. Edition of the Container Registry. Private endpoints need Premium.')
param registrySku 'Basic' | 'Standard' | 'Premium'

@description('Required. Administrator of the SQL server in Entra ID.')
param sqlAdministrator SqlAdministrator

@description('Required. Size and protection of the ledger.')
param sql SqlSettings

@description('Required. Size and bounds of the Function app.')
param app AppSettings

@description('Optional. How long the app waits for files and jobs.')
param waiting AppLimits = {
  quietSeconds: 60
  queueMinutes: 120
  runMinutes: 360
  pollSeconds: 30
  pollSecondsMost: 600
  jobAttempts: 2
}

@description('Required. When the timers of the app fire.')
param schedules Schedules

@description('Required. Clusters of the workspace.')
param clusters Clusters

@description('Optional. Version of the environment of the jobs: the tag of its image.')
param environmentVersion string = '1'

@description('Required. What the logs may cost.')
param logs LogSettings

@description('Required. Whom the alerts and the budget write to.')
@minLength(1)
param alertEmails string[]

@description('Optional. Beyond what the alerts tell somebody.')
param alertLimits AlertLimits = {
  mapePercent: 45
  rejectedPercent: 10
  heldBackPercent: 5
  failedCalls: 5
  weekAgeDays: 8
}

@description('Required. Monthly budget of the resource group.')
param budget BudgetSettings

@description('Optional. Which pipelines may sign in as the deployer, without a secret.')
param deployers FederatedCredential[] = []

@description('Optional. Sources that have a conditioning function each, for their event subscriptions.')
param sources string[] = []

@description('Optional. Whether the second phase is deployed: event subscriptions and the function key. Both need the deployed code.')
param eventSubscriptions bool = false

@secure()
@description('Conditional. Key of the blob extension of the Function app. Required if eventSubscriptions is true.')
param blobsExtensionKey string = ''

@description('Optional. Whether Data Factory has an integration runtime for machines inside the client\'s network.')
param selfHostedRuntime bool = false

@description('Optional. Address ranges that may call the app and deploy to it where the network is private, such as those of the build agents.')
param callers string[] = []

@secure()
@description('Optional. Address that is called with each alert, for a chat or a ticket system.')
param alertWebhook string = ''

var tags = {
  workload: workload
  environment: environment
  owner: owner
  costCenter: costCenter
  managedBy: 'bicep'
}
var suffix = take(uniqueString(subscription().id, workload, environment), 6)
var names = nameAll(workload, environment, suffix)
var containers = ['raw', 'conditioned', 'quarantine', 'models', 'predictions', 'audit', 'runs', 'work']
var deadLetters = 'dead-letters'
var packages = 'app-package'
var grants = filter(roleMap, grant => privateNetwork || !(grant.?onlyPrivate ?? false))

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: names.resourceGroup
  location: location
  tags: tags
}

module logging 'modules/logs.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    workspaceName: names.logs
    insightsName: names.insights
    retentionDays: logs.retentionDays
    dailyCapGb: logs.dailyCapGb
  }
}

module identities 'modules/identities.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    names: names.identities
    deployers: deployers
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  params: {
    location: location
    tags: tags
    name: names.network
    addresses: addresses
    logAnalyticsWorkspaceId: logging.outputs.workspaceId
  }
}

module lake 'modules/lake.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    name: names.lake
    sku: lakeSku
    containers: containers
    deadLetters: deadLetters
    retention: lakeRetention
    privateLink: privateNetwork ? network!.outputs.privateLink : null
    logAnalyticsWorkspaceId: logging.outputs.workspaceId
  }
}

module hostStorage 'modules/host_storage.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    name: names.hostStorage
    sku: hostStorageSku
    containers: [packages]
    services: ['queue', 'table']
    softDeleteDays: lakeRetention.softDelete
    privateLink: privateNetwork ? network!.outputs.privateLink : null
    logAnalyticsWorkspaceId: logging.outputs.workspaceId
  }
}

// Apart from the host's, so that jobs cannot touch what the app runs.
module workspaceStorage 'modules/host_storage.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    name: names.workspaceStorage
    sku: hostStorageSku
    containers: []
    services: ['file', 'queue', 'table']
    softDeleteDays: lakeRetention.softDelete
    privateLink: privateNetwork ? network!.outputs.privateLink : null
    logAnalyticsWorkspaceId: logging.outputs.workspaceId
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    name: names.vault
    privateLink: privateNetwork ? network!.outputs.privateLink : null
    logAnalyticsWorkspaceId: logging.outputs.workspaceId
  }
}

module registry 'modules/registry.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    name: names.registry
    sku: registrySku
    privateLink: privateNetwork ? network!.outputs.privateLink : null
    logAnalyticsWorkspaceId: logging.outputs.workspaceId
  }
}

module ledger 'modules/sql.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    serverName: names.sqlServer
    databaseName: names.sqlDatabase
    administrator: sqlAdministrator
    settings: sql
    privateLink: privateNetwork ? network!.outputs.privateLink : null
    logAnalyticsWorkspaceId: logging.outputs.workspaceId
  }
}

module roles 'modules/roles.bicep' = {
  scope: group
  params: {
    grants: filter(grants, grant => grant.scope != 'workspace')
    principals: identities.outputs.principals
    lakeName: lake.outputs.name
    hostStorageName: hostStorage.outputs.name
    workspaceStorageName: workspaceStorage.outputs.name
    vaultName: vault.outputs.name
    registryName: registry.outputs.name
    insightsName: last(split(logging.outputs.insightsId, '/'))
  }
}

module machineLearning 'modules/machine_learning.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    names: { workspace: names.workspace, registry: names.modelRegistry, cpu: 'cpu-cluster', gpu: 'gpu-cluster' }
    lakeName: lake.outputs.name
    containers: containers
    hostStorageId: workspaceStorage.outputs.id
    vaultId: vault.outputs.id
    containerRegistryId: registry.outputs.id
    insightsId: logging.outputs.insightsId
    identities: { workspace: identities.outputs.identities.workspace, training: identities.outputs.identities.training }
    clusters: clusters
    environmentVersion: environmentVersion
    privateNetwork: privateNetwork
    privateLink: privateNetwork ? network!.outputs.privateLink : null
    logAnalyticsWorkspaceId: logging.outputs.workspaceId
  }
  dependsOn: [roles] // a workspace with its own identity is refused while that has no rights on its storage and vault
}

module workspaceRoles 'modules/workspace_roles.bicep' = {
  scope: group
  params: {
    grants: filter(grants, grant => grant.scope == 'workspace')
    principals: identities.outputs.principals
    workspaceName: machineLearning.outputs.name
  }
}

module functionApp 'modules/function_app.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    planName: names.plan
    name: names.functionApp
    environment: environment
    identityId: identities.outputs.identities.app.id
    identityClientId: identities.outputs.identities.app.clientId
    hostStorageName: hostStorage.outputs.name
    packageContainer: packages
    lakeName: lake.outputs.name
    lakeBlobEndpoint: lake.outputs.blobEndpoint
    insightsConnectionString: logging.outputs.insightsConnectionString
    ledger: { server: ledger.outputs.server, database: ledger.outputs.database }
    workspaceName: machineLearning.outputs.name
    computeName: 'cpu-cluster'
    profile: app.profile
    requiredRole: app.?signIn.?role ?? ''
    schedules: schedules
    cellsAtATime: app.cellsAtATime
    limits: waiting
    alwaysReady: app.alwaysReady
    instanceMemoryMB: app.instanceMemoryMB
    maximumInstanceCount: app.maximumInstances
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    callers: callers
    privateNetwork: privateNetwork
    logAnalyticsWorkspaceId: logging.outputs.workspaceId
  }
  dependsOn: [roles] // the host starts with its identity, and answers 403 for minutes where the rights come later
}

module signIn 'modules/sign_in.bicep' = if (app.?signIn != null) {
  scope: group
  params: {
    functionAppName: functionApp.outputs.name
    clientId: app.signIn!.clientId
  }
}

module factory 'modules/data_factory.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    name: names.factory
    identityId: identities.outputs.identities.factory.id
    functionAppUrl: functionApp.outputs.url
    functionAppId: functionApp.outputs.id
    vaultUrl: vault.outputs.url
    vaultId: vault.outputs.id
    lakeId: lake.outputs.id
    privateNetwork: privateNetwork
    selfHostedRuntime: selfHostedRuntime
    logAnalyticsWorkspaceId: logging.outputs.workspaceId
  }
}

module events 'modules/events.bicep' = if (eventSubscriptions) {
  scope: group
  params: {
    location: location
    tags: tags
    lakeTopicName: names.lakeTopic
    workspaceTopicName: names.workspaceTopic
    lakeId: lake.outputs.id
    workspaceId: machineLearning.outputs.id
    functionAppName: functionApp.outputs.name
    sources: sources
    deadLetterContainer: deadLetters
    identityId: identities.outputs.identities.events.id
    actionGroupId: alerts.outputs.actionGroupId
    blobsExtensionKey: blobsExtensionKey
    logAnalyticsWorkspaceId: logging.outputs.workspaceId
  }
}

module functionKey 'modules/function_key.bicep' = if (eventSubscriptions) {
  scope: group
  params: {
    functionAppName: functionApp.outputs.name
    vaultName: vault.outputs.name
  }
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    actionGroupName: names.actionGroup
    emails: alertEmails
    webhookUrl: alertWebhook
    insightsId: logging.outputs.insightsId
    factoryId: factory.outputs.id
    dailyRuns: environment == 'prod'
    limits: alertLimits
  }
}

module dashboards 'modules/dashboards.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    dashboardName: names.dashboard
    insightsId: logging.outputs.insightsId
    workspaceId: logging.outputs.workspaceId
  }
}

module spending 'modules/budget.bicep' = {
  scope: group
  params: {
    name: names.budget
    settings: budget
    emails: alertEmails
  }
}

module locks 'modules/locks.bicep' = if (lockResources) {
  scope: group
  params: {
    lakeName: lake.outputs.name
    sqlServerName: ledger.outputs.name
    vaultName: vault.outputs.name
  }
}

@description('Setting of the app, and of everybody who connects to the environment from outside.')
output SHELFCAST_ENVIRONMENT Environment = environment

@description('Setting: the lake as blobs.')
output LakeStorage__blobServiceUri string = lake.outputs.blobEndpoint

@description('Setting: the ledger, with the client id of the identity of the app.')
output SHELFCAST_LEDGER_URL string = 'mssql+mssqlpython://${identities.outputs.identities.app.clientId}@${ledger.outputs.server}/${ledger.outputs.database}'

@description('Setting: the subscription of the workspace.')
output AZURE_ML_SUBSCRIPTION_ID string = subscription().subscriptionId

@description('Setting: the resource group of the workspace.')
output AZURE_ML_RESOURCE_GROUP string = group.name

@description('Setting: the workspace.')
output AZURE_ML_WORKSPACE string = machineLearning.outputs.name

@description('Client id that pipelines sign in with.')
output AZURE_CLIENT_ID string = identities.outputs.identities.deployer.clientId

@description('Resource group of everything.')
output RESOURCE_GROUP string = group.name

@description('Name of the Function app.')
output FUNCTION_APP_NAME string = functionApp.outputs.name

@description('Address of the Function app.')
output FUNCTION_APP_URL string = functionApp.outputs.url

@description('Name of the identity of the Function app, as which it is known to the ledger.')
output FUNCTION_APP_IDENTITY string = names.identities.app

@description('Name of the identity of the CI pipelines.')
output DEPLOYER_IDENTITY string = names.identities.deployer

@description('Id of the Function app.')
output FUNCTION_APP_ID string = functionApp.outputs.id

@description('Id of the Key Vault.')
output KEY_VAULT_ID string = vault.outputs.id

@description('Name of the Key Vault.')
output KEY_VAULT_NAME string = vault.outputs.name

@description('Address of the SQL server.')
output SQL_SERVER string = ledger.outputs.server

@description('Name of the ledger.')
output SQL_DATABASE string = ledger.outputs.database

@description('Name of the storage account of the lake.')
output LAKE_NAME string = lake.outputs.name

@description('Address of the Container Registry.')
output CONTAINER_REGISTRY string = registry.outputs.loginServer

@description('Name of the Azure Machine Learning registry.')
output AZURE_ML_REGISTRY string = names.modelRegistry

@description('Name of the Data Factory.')
output DATA_FACTORY_NAME string = factory.outputs.name
