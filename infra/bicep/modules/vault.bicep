metadata description = 'The Key Vault. It holds the function key for Data Factory; everything else signs in with an identity.'

import { PrivateLink, Tags } from '../types.bicep'

@description('Required. Azure region.')
param location string

@description('Required. Tags.')
param tags Tags

@description('Required. Name.')
param name string

@description('Optional. Where the private endpoint goes. Public access is on if left out.')
param privateLink PrivateLink?

@description('Required. Log Analytics workspace for the diagnostics.')
param logAnalyticsWorkspaceId string

var isPublic = privateLink == null

// Purge protection keeps the name for 90 days after the vault is deleted. Within them a deployment is refused until the
// deleted vault is recovered: az keyvault recover.
resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    enabledForDeployment: false
    enabledForDiskEncryption: false
    enabledForTemplateDeployment: false
    publicNetworkAccess: isPublic ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'AzureServices' // Data Factory reads the function key as a trusted service
      defaultAction: isPublic ? 'Allow' : 'Deny'
    }
  }
}

module endpoints 'private_endpoint.bicep' = [
  for group in (isPublic ? [] : ['vault']): {
    params: {
      name: 'pep-${name}-${group}'
      location: location
      tags: tags
      subnetId: privateLink!.subnetId
      resourceId: vault.id
      groupId: group
      zoneIds: privateLink!.zoneIds[group]
    }
  }
]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Resource id.')
output id string = vault.id

@description('Name.')
output name string = vault.name

@description('Address.')
output url string = vault.properties.vaultUri
