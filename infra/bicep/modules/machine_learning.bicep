metadata description = 'The Azure Machine Learning workspace: clusters that scale to zero, the lake as datastores, the environment of the steps, data assets, and a registry.'

import { Clusters, MachineLearningIdentities, MachineLearningNames, PrivateLink, Tags } from '../types.bicep'

@description('Required. Region.')
param location string

@description('Required. Tags of every resource.')
param tags Tags

@description('Required. Log Analytics workspace for diagnostics.')
param logAnalyticsWorkspaceId string

@description('Required. Names of the workspace, its registry and its clusters.')
param names MachineLearningNames

@description('Required. Name of the lake.')
param lakeName string

@description('Required. Containers of the lake. Each becomes a datastore of its name, which is how the code finds it.')
param containers string[]

@description('Required. Id of the workspace\'s own storage account: snapshots of code, logs of jobs.')
param hostStorageId string

@description('Required. Id of the Key Vault.')
param vaultId string

@description('Required. Id of the Container Registry.')
param containerRegistryId string

@description('Required. Id of Application Insights.')
param insightsId string

@description('Required. Whom the workspace and its jobs run as.')
param identities MachineLearningIdentities

@description('Required. Sizes of the clusters.')
param clusters Clusters

@description('Optional. Version of the image shelfcast-training in the Container Registry. A version of an environment never changes, so a new image takes a new version.')
param environmentVersion string = '1'

@description('Required. Whether public access is off.')
param privateNetwork bool

@description('Conditional. Where the private endpoint goes. Required if privateNetwork.')
param privateLink PrivateLink?

var environmentName = 'shelfcast-training'
var idleTime = 'PT5M'

var clusterList = [
  {
    name: names.cpu
    size: clusters.cpu.size
    max: clusters.cpu.max
    description: 'Training and scoring.'
  }
  {
    name: names.gpu
    size: clusters.gpu.size
    max: clusters.gpu.max
    description: 'Neural networks.'
  }
]

var dataAssets = [
  {
    container: 'raw'
    description: 'Files as their owners sent them, a folder per source.'
  }
  {
    container: 'conditioned'
    description: 'Standard tables, in versions.'
  }
  {
    container: 'predictions'
    description: 'Published forecasts and orders, a folder per run.'
  }
]

// The clusters live in a network that the service manages. These lead out of it; the workspace's own storage, vault
// and registry are reached without being named.
var outboundRules = {
  'lake-blob': {
    type: 'PrivateEndpoint'
    category: 'UserDefined'
    destination: {
      serviceResourceId: lake.id
      subresourceTarget: 'blob'
      sparkEnabled: false
    }
  }
  'lake-dfs': {
    type: 'PrivateEndpoint'
    category: 'UserDefined'
    destination: {
      serviceResourceId: lake.id
      subresourceTarget: 'dfs'
      sparkEnabled: false
    }
  }
}

resource lake 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: lakeName
}

resource images 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: last(split(containerRegistryId, '/'))
}

resource workspace 'Microsoft.MachineLearningServices/workspaces@2026-05-01' = {
  name: names.workspace
  location: location
  tags: tags
  kind: 'Default'
  sku: {
    name: 'Basic'
    tier: 'Basic'
  }
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identities.workspace.id}': {}
    }
  }
  properties: {
    friendlyName: names.workspace
    description: 'Training and scoring, started by the Function app.'
    primaryUserAssignedIdentity: identities.workspace.id
    storageAccount: hostStorageId
    keyVault: vaultId
    containerRegistry: containerRegistryId
    applicationInsights: insightsId
    systemDatastoresAuthMode: 'Identity'
    v1LegacyMode: false
    publicNetworkAccess: privateNetwork ? 'Disabled' : 'Enabled'
    // A registry without public access can build no image by itself.
    imageBuildCompute: names.cpu
    managedNetwork: privateNetwork
      ? {
          isolationMode: 'AllowOnlyApprovedOutbound'
          outboundRules: outboundRules
        }
      : {
          isolationMode: 'Disabled'
        }
    provisionNetworkNow: privateNetwork
  }
}

resource computes 'Microsoft.MachineLearningServices/workspaces/computes@2026-05-01' = [
  for cluster in clusterList: {
    parent: workspace
    name: cluster.name
    location: location
    tags: tags
    identity: {
      type: 'UserAssigned'
      userAssignedIdentities: {
        '${identities.training.id}': {}
      }
    }
    properties: {
      computeType: 'AmlCompute'
      description: cluster.description
      disableLocalAuth: true
      properties: {
        osType: 'Linux'
        vmSize: cluster.size
        vmPriority: 'Dedicated'
        enableNodePublicIp: !privateNetwork
        remoteLoginPortPublicAccess: 'Disabled'
        scaleSettings: {
          minNodeCount: 0
          maxNodeCount: cluster.max
          nodeIdleTimeBeforeScaleDown: idleTime
        }
      }
    }
  }
]

resource datastores 'Microsoft.MachineLearningServices/workspaces/datastores@2026-05-01' = [
  for container in containers: {
    parent: workspace
    name: container
    properties: {
      datastoreType: 'AzureDataLakeGen2'
      description: 'The lake\'s container of this name.'
      accountName: lakeName
      filesystem: container
      // Nothing is stored: a job reads and writes with the identity of its cluster.
      credentials: {
        credentialsType: 'None'
      }
      serviceDataAccessAuthIdentity: 'None'
    }
  }
]

resource trainingEnvironment 'Microsoft.MachineLearningServices/workspaces/environments@2026-05-01' = {
  parent: workspace
  name: environmentName
  properties: {
    description: 'What the steps of training and scoring need, and no Azure SDK.'
  }
}

resource trainingEnvironmentVersion 'Microsoft.MachineLearningServices/workspaces/environments/versions@2026-05-01' = {
  parent: trainingEnvironment
  name: environmentVersion
  properties: {
    image: '${images.properties.loginServer}/${environmentName}:${environmentVersion}'
    osType: 'Linux'
    autoRebuild: 'Disabled'
    description: 'Built from training/environment.'
  }
}

resource assets 'Microsoft.MachineLearningServices/workspaces/data@2026-05-01' = [
  for asset in dataAssets: {
    parent: workspace
    name: asset.container
    properties: {
      dataType: 'uri_folder'
      description: asset.description
    }
  }
]

resource assetVersions 'Microsoft.MachineLearningServices/workspaces/data/versions@2026-05-01' = [
  for (asset, index) in dataAssets: {
    parent: assets[index]
    // It names a place. What a run used is an asset of its own, named by its content, which the app registers.
    name: '1'
    properties: {
      dataType: 'uri_folder'
      dataUri: 'azureml://subscriptions/${subscription().subscriptionId}/resourcegroups/${resourceGroup().name}/workspaces/${workspace.name}/datastores/${asset.container}/paths/'
      description: asset.description
    }
    dependsOn: [datastores]
  }
]

resource modelRegistry 'Microsoft.MachineLearningServices/registries@2026-05-01' = {
  name: names.registry
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identities.workspace.id}': {}
    }
  }
  properties: {
    publicNetworkAccess: privateNetwork ? 'Disabled' : 'Enabled'
    regionDetails: [
      {
        location: location
        acrDetails: [
          {
            systemCreatedAcrAccount: {
              acrAccountSku: 'Premium'
            }
          }
        ]
        storageAccountDetails: [
          {
            systemCreatedStorageAccount: {
              storageAccountType: privateNetwork ? 'Standard_ZRS' : 'Standard_LRS'
              storageAccountHnsEnabled: false
              allowBlobPublicAccess: false
            }
          }
        ]
      }
    ]
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: workspace
  properties: {
    workspaceId: logAnalyticsWorkspaceId
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

resource registryDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: modelRegistry
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

module endpoint 'private_endpoint.bicep' = if (privateNetwork) {
  params: {
    name: 'pep-${names.workspace}'
    location: location
    tags: tags
    subnetId: privateLink!.subnetId
    resourceId: workspace.id
    groupId: 'amlworkspace'
    zoneIds: privateLink!.zoneIds.amlworkspace
  }
}

module registryEndpoint 'private_endpoint.bicep' = if (privateNetwork) {
  params: {
    name: 'pep-${names.registry}'
    location: location
    tags: tags
    subnetId: privateLink!.subnetId
    resourceId: modelRegistry.id
    groupId: 'amlregistry'
    zoneIds: privateLink!.zoneIds.amlworkspace
  }
}

@description('Id of the workspace.')
output id string = workspace.id

@description('Name of the workspace.')
output name string = workspace.name

@description('Id of the registry.')
output registryId string = modelRegistry.id

@description('Name of the registry.')
output registryName string = modelRegistry.name
