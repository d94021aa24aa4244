metadata description = 'A private endpoint of one sub-resource, with its entries in the private DNS zones.'

import { Tags } from '../types.bicep'

@description('Required. Name.')
param name string

@description('Required. Azure region.')
param location string

@description('Required. Tags.')
param tags Tags

@description('Required. Subnet in which it gets its address.')
param subnetId string

@description('Required. Resource that it leads to.')
param resourceId string

@description('Required. Sub-resource that it leads to, such as blob.')
param groupId string

@description('Required. Private DNS zones that tell its address.')
param zoneIds string[]

resource endpoint 'Microsoft.Network/privateEndpoints@2025-09-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    customNetworkInterfaceName: '${name}-nic'
    privateLinkServiceConnections: [
      {
        name: name
        properties: {
          privateLinkServiceId: resourceId
          groupIds: [groupId]
        }
      }
    ]
  }
}

resource zones 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-09-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      for zoneId in zoneIds: {
        name: replace(last(split(zoneId, '/')), '.', '-')
        properties: { privateDnsZoneId: zoneId }
      }
    ]
  }
}
