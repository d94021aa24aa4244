metadata description = 'The private network: a subnet per purpose, one way out, and the zones that tell private addresses.'

import { AddressPlan, PrivateLink, Tags } from '../types.bicep'

@description('Required. Azure region.')
param location string

@description('Required. Tags.')
param tags Tags

@description('Required. Name of the network; the names of its parts are made from it.')
param name string

@description('Required. Address ranges.')
param addresses AddressPlan

@description('Required. Log Analytics workspace for the diagnostics.')
param logAnalyticsWorkspaceId string

var storage = environment().suffixes.storage
var sql = environment().suffixes.sqlServerHostname
var zones = {
  blob: ['privatelink.blob.${storage}']
  dfs: ['privatelink.dfs.${storage}']
  queue: ['privatelink.queue.${storage}']
  table: ['privatelink.table.${storage}']
  file: ['privatelink.file.${storage}']
  vault: ['privatelink.vaultcore.azure.net']
  sqlServer: ['privatelink${sql}']
  registry: ['privatelink.azurecr.io']
  amlworkspace: ['privatelink.api.azureml.ms', 'privatelink.notebooks.azure.net']
}
var zoneNames = flatten(map(items(zones), zone => zone.value))
var denyInbound = {
  name: 'deny-other-inbound'
  properties: {
    priority: 4096
    direction: 'Inbound'
    access: 'Deny'
    protocol: '*'
    sourceAddressPrefix: '*'
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '*'
  }
}
var denyOutbound = {
  name: 'deny-other-outbound'
  properties: {
    priority: 4096
    direction: 'Outbound'
    access: 'Deny'
    protocol: '*'
    sourceAddressPrefix: '*'
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '*'
  }
}
var webOutbound = {
  name: 'allow-https'
  properties: {
    priority: 200
    direction: 'Outbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefix: 'VirtualNetwork'
    sourcePortRange: '*'
    destinationAddressPrefix: 'Internet'
    destinationPortRange: '443'
  }
}
var networkOutbound = {
  name: 'allow-network'
  properties: {
    priority: 100
    direction: 'Outbound'
    access: 'Allow'
    protocol: '*'
    sourceAddressPrefix: 'VirtualNetwork'
    sourcePortRange: '*'
    destinationAddressPrefix: 'VirtualNetwork'
    destinationPortRange: '*'
  }
}

resource appRules 'Microsoft.Network/networkSecurityGroups@2025-09-01' = {
  name: 'nsg-app-${name}'
  location: location
  tags: tags
  properties: {
    securityRules: [networkOutbound, webOutbound, denyOutbound, denyInbound]
  }
}

resource endpointRules 'Microsoft.Network/networkSecurityGroups@2025-09-01' = {
  name: 'nsg-endpoints-${name}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'allow-network'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: addresses.endpoints
          destinationPortRanges: ['443', '445', '1433', '11000-11999']
        }
      }
      denyInbound
    ]
  }
}

resource outwardAddress 'Microsoft.Network/publicIPAddresses@2025-09-01' = {
  name: 'pip-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

// Subnets have no way out of their own any more; the app reaches Entra ID and Application Insights through this one
// address, which nobody can reach from outside. The clusters are in a network that Azure Machine Learning manages.
resource gateway 'Microsoft.Network/natGateways@2025-09-01' = {
  name: 'ng-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: {
    idleTimeoutInMinutes: 10
    publicIpAddresses: [{ id: outwardAddress.id }]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2025-09-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addresses.space] }
    // Here and not as resources of their own: a second deployment would take away subnets that the network does not list.
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefixes: [addresses.app]
          networkSecurityGroup: { id: appRules.id }
          natGateway: { id: gateway.id }
          defaultOutboundAccess: false
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefixes: [addresses.endpoints]
          networkSecurityGroup: { id: endpointRules.id }
          defaultOutboundAccess: false
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled'
        }
      }
    ]
  }
}

resource appSubnet 'Microsoft.Network/virtualNetworks/subnets@2025-09-01' existing = {
  parent: network
  name: 'app'
}

resource endpointSubnet 'Microsoft.Network/virtualNetworks/subnets@2025-09-01' existing = {
  parent: network
  name: 'endpoints'
}

resource privateZones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zoneName in zoneNames: {
    name: zoneName
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zoneName, index) in zoneNames: {
    parent: privateZones[index]
    name: name
    location: 'global'
    tags: tags
    properties: {
      virtualNetwork: { id: network.id }
      registrationEnabled: false
    }
  }
]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: network
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

resource appRuleDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: appRules
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
  }
}

resource endpointRuleDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: endpointRules
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
  }
}

resource addressDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: outwardAddress
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Resource id.')
output id string = network.id

@description('Subnet of the Function app.')
output appSubnetId string = appSubnet.id

@description('Where private endpoints go.')
output privateLink PrivateLink = {
  subnetId: endpointSubnet.id
  zoneIds: toObject(items(zones), zone => zone.key, zone => map(zone.value, zoneName => resourceId('Microsoft.Network/privateDnsZones', zoneName)))
}
