metadata description = 'The data lake: a container per zone, how long what stays in it, and who is told of changes.'

import { LakeRetention, PrivateLink, StorageSku, Tags } from '../types.bicep'

@description('Required. Azure region.')
param location string

@description('Required. Tags.')
param tags Tags

@description('Required. Name of the storage account.')
param name string

@description('Required. Redundancy.')
param sku StorageSku

@description('Required. Zones, a container each.')
param containers string[]

@description('Required. Container for events that could not be delivered.')
param deadLetters string

@description('Required. When the zones cool down and end.')
param retention LakeRetention

@description('Optional. Where private endpoints go. Public access is on if left out.')
param privateLink PrivateLink?

@description('Required. Log Analytics workspace for the diagnostics.')
param logAnalyticsWorkspaceId string

var isPublic = privateLink == null
// Every tier in use stays readable at once: a changed rule conditions all raw files again. The archive tier would not,
// and zone-redundant accounts have none.
var cooling = [
  { name: 'raw-cools', prefixes: ['raw/'], cool: retention.rawCool, cold: retention.rawCold }
  { name: 'quarantine-cools', prefixes: ['quarantine/'], cool: retention.keptCool, cold: retention.rawCold }
  {
    name: 'kept-cools'
    prefixes: ['conditioned/', 'models/', 'predictions/', 'runs/', 'work/', 'audit/']
    cool: retention.keptCool
    cold: null
  }
]
// Work holds the reports of steps and their numbers, of which a lost ledger is rebuilt.
var ending = [
  { name: 'work-ends', prefixes: ['work/'], days: retention.workDelete }
  { name: 'dead-letters-end', prefixes: ['${deadLetters}/'], days: retention.deadLettersDelete }
]
var coolingRules = map(cooling, rule => {
  name: rule.name
  enabled: true
  type: 'Lifecycle'
  definition: {
    filters: { blobTypes: ['blockBlob'], prefixMatch: rule.prefixes }
    actions: {
      baseBlob: {
        tierToCool: { daysAfterModificationGreaterThan: rule.cool }
        ...(rule.cold == null ? {} : { tierToCold: { daysAfterModificationGreaterThan: rule.cold } })
      }
    }
  }
})
var endingRules = map(ending, rule => {
  name: rule.name
  enabled: true
  type: 'Lifecycle'
  definition: {
    filters: { blobTypes: ['blockBlob'], prefixMatch: rule.prefixes }
    actions: {
      baseBlob: { delete: { daysAfterModificationGreaterThan: rule.days } }
    }
  }
})

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    isHnsEnabled: true
    accessTier: 'Hot'
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    isSftpEnabled: false
    publicNetworkAccess: isPublic ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'AzureServices' // Event Grid stores undelivered events here, as a trusted service with its own identity
      defaultAction: isPublic ? 'Allow' : 'Deny'
    }
  }
}

// An account with a hierarchical namespace has no blob versions. What stands in for them: files are named by their content
// and not rewritten, deleted ones can be restored, audit entries cannot be changed, and the account is copied elsewhere.
resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2026-04-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: retention.softDelete }
    containerDeleteRetentionPolicy: { enabled: true, days: retention.softDelete }
  }
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2026-04-01' = {
  parent: account
  name: 'default'
}

resource zones 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' = [
  for container in concat(containers, [deadLetters]): {
    parent: blobs
    name: container
    properties: { publicAccess: 'None' }
  }
]

resource audit 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' existing = {
  parent: blobs
  name: 'audit'
}

// Not locked, so that an environment can be taken down. To lock it for good: az storage container immutability-policy lock.
resource auditStays 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2026-04-01' = {
  parent: audit
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: retention.auditImmutable
    allowProtectedAppendWritesAll: true
  }
  dependsOn: [zones]
}

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2026-04-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: { rules: concat(coolingRules, endingRules) }
  }
  dependsOn: [zones]
}

module endpoints 'private_endpoint.bicep' = [
  for group in (isPublic ? [] : ['blob', 'dfs', 'queue']): {
    params: {
      name: 'pep-${name}-${group}'
      location: location
      tags: tags
      subnetId: privateLink!.subnetId
      resourceId: account.id
      groupId: group
      zoneIds: privateLink!.zoneIds[group]
    }
  }
]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: account
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource blobDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: blobs
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource queueDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: queues
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

@description('Resource id.')
output id string = account.id

@description('Name.')
output name string = account.name

@description('Address of the blobs.')
output blobEndpoint string = account.properties.primaryEndpoints.blob
