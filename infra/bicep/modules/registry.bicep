metadata description = 'The Container Registry, for the images that jobs run in.'

import { PrivateLink, Tags } from '../types.bicep'

@description('Required. Azure region.')
param location string

@description('Required. Tags.')
param tags Tags

@description('Required. Name.')
param name string

@description('Required. Edition. Private endpoints, zones and retention need Premium.')
param sku 'Basic' | 'Standard' | 'Premium'

@description('Optional. Where the private endpoint goes. Public access is on if left out.')
param privateLink PrivateLink?

@description('Required. Log Analytics workspace for the diagnostics.')
param logAnalyticsWorkspaceId string

var isPublic = privateLink == null
var isPremium = sku == 'Premium'

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
    publicNetworkAccess: isPublic ? 'Enabled' : 'Disabled'
    networkRuleBypassOptions: 'AzureServices'
    zoneRedundancy: isPremium ? 'Enabled' : 'Disabled'
    policies: isPremium ? { retentionPolicy: { status: 'enabled', days: 30 } } : {}
  }
}

module endpoints 'private_endpoint.bicep' = [
  for group in (isPublic ? [] : ['registry']): {
    params: {
      name: 'pep-${name}-${group}'
      location: location
      tags: tags
      subnetId: privateLink!.subnetId
      resourceId: registry.id
      groupId: group
      zoneIds: privateLink!.zoneIds[group]
    }
  }
]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: registry
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Resource id.')
output id string = registry.id

@description('Name.')
output name string = registry.name

@description('Address.')
output loginServer string = registry.properties.loginServer
