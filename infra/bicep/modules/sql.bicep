metadata description = 'The run ledger: an Azure SQL database that only Entra identities sign in to. The app makes its tables itself.'

import { PrivateLink, SqlAdministrator, SqlSettings, Tags } from '../types.bicep'

@description('Required. Azure region.')
param location string

@description('Required. Tags.')
param tags Tags

@description('Required. Name of the server.')
param serverName string

@description('Required. Name of the database.')
param databaseName string

@description('Required. Administrator in Entra ID.')
param administrator SqlAdministrator

@description('Required. Size and protection.')
param settings SqlSettings

@description('Optional. Where the private endpoint goes. Public access is on if left out.')
param privateLink PrivateLink?

@description('Required. Log Analytics workspace for the diagnostics.')
param logAnalyticsWorkspaceId string

var isPublic = privateLink == null
var isServerless = settings.sku == 'GP_S_Gen5'

resource server 'Microsoft.Sql/servers@2025-01-01' = {
  name: serverName
  location: location
  tags: tags
  properties: {
    version: '12.0'
    minimalTlsVersion: '1.2'
    publicNetworkAccess: isPublic ? 'Enabled' : 'Disabled'
    administrators: {
      administratorType: 'ActiveDirectory'
      azureADOnlyAuthentication: true
      login: administrator.name
      sid: administrator.objectId
      principalType: administrator.principalType
      tenantId: tenant().tenantId
    }
  }
}

// Later deployments do not read the same property of the server, so what is switched off there is switched on again here.
resource entraOnly 'Microsoft.Sql/servers/azureADOnlyAuthentications@2025-01-01' = {
  parent: server
  name: 'Default'
  properties: { azureADOnlyAuthentication: true }
}

// The name and the range are the ones by which Azure SQL knows "services inside Azure": the app has no fixed address.
resource fromAzure 'Microsoft.Sql/servers/firewallRules@2025-01-01' = if (isPublic) {
  parent: server
  name: 'AllowAllWindowsAzureIps'
  properties: {
    startIpAddress: '0.0.0.0'
    endIpAddress: '0.0.0.0'
  }
}

resource database 'Microsoft.Sql/servers/databases@2025-01-01' = {
  parent: server
  name: databaseName
  location: location
  tags: tags
  sku: {
    name: settings.sku
    tier: 'GeneralPurpose'
    family: 'Gen5'
    capacity: settings.cores
  }
  properties: {
    collation: 'SQL_Latin1_General_CP1_CI_AS'
    maxSizeBytes: settings.maximumGb * 1024 * 1024 * 1024
    zoneRedundant: settings.zoneRedundant
    requestedBackupStorageRedundancy: settings.backupRedundancy
    ...(isServerless
      ? { autoPauseDelay: settings.autoPauseMinutes, minCapacity: settings.?minimumCores }
      : {})
  }
}

resource shortTerm 'Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies@2025-01-01' = {
  parent: database
  name: 'default'
  properties: {
    retentionDays: settings.backupDays
    diffBackupIntervalInHours: 12
  }
}

resource longTerm 'Microsoft.Sql/servers/databases/backupLongTermRetentionPolicies@2025-01-01' = if (settings.?longTerm != null) {
  parent: database
  name: 'default'
  properties: {
    weeklyRetention: settings.longTerm!.weekly
    monthlyRetention: settings.longTerm!.monthly
    yearlyRetention: settings.longTerm!.yearly
    weekOfYear: settings.longTerm!.weekOfYear
  }
  dependsOn: [shortTerm] // two changes of one database's backups at the same time are refused
}

resource auditing 'Microsoft.Sql/servers/auditingSettings@2025-01-01' = {
  parent: server
  name: 'default'
  properties: {
    state: 'Enabled'
    isAzureMonitorTargetEnabled: true
  }
}

resource master 'Microsoft.Sql/servers/databases@2025-01-01' existing = {
  parent: server
  name: 'master'
}

// The audit of the server is written where the diagnostics of its master database go.
resource auditDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: master
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ category: 'SQLSecurityAuditEvents', enabled: true }]
  }
  dependsOn: [database] // the master database appears with the first other one
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: database
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

module endpoints 'private_endpoint.bicep' = [
  for group in (isPublic ? [] : ['sqlServer']): {
    params: {
      name: 'pep-${serverName}-${group}'
      location: location
      tags: tags
      subnetId: privateLink!.subnetId
      resourceId: server.id
      groupId: group
      zoneIds: privateLink!.zoneIds[group]
    }
  }
]

@description('Resource id of the server.')
output id string = server.id

@description('Name of the server.')
output name string = server.name

@description('Resource id of the database.')
output databaseId string = database.id

@description('Fully qualified name of the server.')
output server string = server.properties.fullyQualifiedDomainName

@description('Name of the database.')
output database string = database.name
