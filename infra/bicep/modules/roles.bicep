metadata description = 'Makes the role assignments of the role map, a loop per kind of scope.'

import { roleIds } from '../role_map.bicep'
import { Grant, Principals } from '../types.bicep'

@description('Required. Lines of the role map.')
param grants Grant[]

@description('Required. Object ids of the identities.')
param principals Principals

@description('Required. Name of the lake.')
param lakeName string

@description('Required. Name of the storage account of the Functions host.')
param hostStorageName string

@description('Required. Name of the storage account of the workspace.')
param workspaceStorageName string

@description('Required. Name of the Key Vault.')
param vaultName string

@description('Required. Name of the Container Registry.')
param registryName string

@description('Required. Name of Application Insights.')
param insightsName string

var onLake = filter(grants, grant => grant.scope == 'lake')
var onZones = filter(grants, grant => grant.scope == 'zone')
var onHostStorage = filter(grants, grant => grant.scope == 'hostStorage')
var onWorkspaceStorage = filter(grants, grant => grant.scope == 'workspaceStorage')
var onVault = filter(grants, grant => grant.scope == 'vault')
var onRegistry = filter(grants, grant => grant.scope == 'registry')
var onInsights = filter(grants, grant => grant.scope == 'insights')
var onGroup = filter(grants, grant => grant.scope == 'resourceGroup')
var administrator = 'Role Based Access Control Administrator'
var assignable = join(map(items(roleIds), role => role.value), ', ')
// Who may give rights gives only those that the role map knows, whatever the template says.
var onlyThese = '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/write\'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${assignable}})) AND ((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/delete\'})) OR (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${assignable}}))'

resource lake 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: lakeName
}

resource lakeBlobs 'Microsoft.Storage/storageAccounts/blobServices@2026-04-01' existing = {
  parent: lake
  name: 'default'
}

resource zones 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' existing = [
  for grant in onZones: {
    parent: lakeBlobs
    name: grant.zone!
  }
]

resource hostStorage 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: hostStorageName
}

resource workspaceStorage 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: workspaceStorageName
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: vaultName
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: registryName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource lakeRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in onLake: {
    name: guid(lake.id, principals[grant.identity], roleIds[grant.role])
    scope: lake
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.identity]
      principalType: 'ServicePrincipal'
      description: grant.because
    }
  }
]

resource zoneRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in onZones: {
    name: guid(zones[index].id, principals[grant.identity], roleIds[grant.role])
    scope: zones[index]
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.identity]
      principalType: 'ServicePrincipal'
      description: grant.because
    }
  }
]

resource hostStorageRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in onHostStorage: {
    name: guid(hostStorage.id, principals[grant.identity], roleIds[grant.role])
    scope: hostStorage
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.identity]
      principalType: 'ServicePrincipal'
      description: grant.because
    }
  }
]

resource workspaceStorageRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in onWorkspaceStorage: {
    name: guid(workspaceStorage.id, principals[grant.identity], roleIds[grant.role])
    scope: workspaceStorage
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.identity]
      principalType: 'ServicePrincipal'
      description: grant.because
    }
  }
]

resource vaultRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in onVault: {
    name: guid(vault.id, principals[grant.identity], roleIds[grant.role])
    scope: vault
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.identity]
      principalType: 'ServicePrincipal'
      description: grant.because
    }
  }
]

resource registryRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in onRegistry: {
    name: guid(registry.id, principals[grant.identity], roleIds[grant.role])
    scope: registry
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.identity]
      principalType: 'ServicePrincipal'
      description: grant.because
    }
  }
]

resource insightsRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in onInsights: {
    name: guid(insights.id, principals[grant.identity], roleIds[grant.role])
    scope: insights
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.identity]
      principalType: 'ServicePrincipal'
      description: grant.because
    }
  }
]

resource groupRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in onGroup: {
    name: guid(resourceGroup().id, principals[grant.identity], roleIds[grant.role])
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.identity]
      principalType: 'ServicePrincipal'
      description: grant.because
      condition: grant.role == administrator ? onlyThese : null
      conditionVersion: grant.role == administrator ? '2.0' : null
    }
  }
]
