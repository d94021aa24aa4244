metadata description = 'The Function app on Flex Consumption, with every setting that its code and its host read.'

import { AppLimits, Environment, Ledger, Schedules, Tags } from '../types.bicep'

@description('Required. Region.')
param location string

@description('Required. Tags of every resource.')
param tags Tags

@description('Required. Log Analytics workspace for diagnostics.')
param logAnalyticsWorkspaceId string

@description('Required. Name of the plan.')
param planName string

@description('Required. Name of the app.')
param name string

@description('Required. Id of the identity that the app runs as.')
param identityId string

@description('Required. Client id of that identity.')
param identityClientId string

@description('Required. Storage account of the host: task hub, leases, packages.')
param hostStorageName string

@description('Required. Container of the host storage account for the app\'s package.')
param packageContainer string

@description('Required. Name of the lake.')
param lakeName string

@description('Required. Address of the lake as blobs.')
param lakeBlobEndpoint string

@description('Required. Connection string of Application Insights.')
@secure()
param insightsConnectionString string

@description('Required. The run ledger.')
param ledger Ledger

@description('Required. Name of the Azure Machine Learning workspace, in the same resource group.')
param workspaceName string

@description('Required. Cluster on which jobs run.')
param computeName string

@description('Required. Which environment this is.')
param environment Environment

@description('Required. Client profile inside the package.')
param profile string

@description('Optional. Role in Entra ID that callers need, where they sign in (sign_in.bicep). None is asked for if empty.')
param requiredRole string = ''

@description('Required. Cells that run at the same time.')
@minValue(1)
param cellsAtATime int

@description('Required. Instances that are always ready for arriving files.')
@minValue(0)
param alwaysReady int

@description('Required. Memory of an instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int

@description('Required. Most instances.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int

@description('Required. How long files and jobs are waited for.')
param limits AppLimits

@description('Required. When the timers fire.')
param schedules Schedules

@description('Required. Whether other services are reached over private endpoints, and callers are restricted.')
param privateNetwork bool

@description('Conditional. Subnet of the outbound traffic. Required if privateNetwork.')
param subnetId string = ''

@description('Optional. Address ranges that may call the app and deploy to it where callers are restricted, such as those of the build agents.')
param callers string[] = []

var hostSettings = {
  AzureWebJobsStorage__accountName: hostStorageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identityClientId}'
  AZURE_CLIENT_ID: identityClientId
}

var lakeSettings = {
  // Queues as well: the blob trigger puts there what it could not do, and quarantine_poison listens.
  LakeStorage__blobServiceUri: lakeBlobEndpoint
  LakeStorage__queueServiceUri: lake.properties.primaryEndpoints.queue
  LakeStorage__credential: 'managedidentity'
  LakeStorage__clientId: identityClientId
}

var machineLearningSettings = {
  AZURE_ML_SUBSCRIPTION_ID: subscription().subscriptionId
  AZURE_ML_RESOURCE_GROUP: resourceGroup().name
  AZURE_ML_WORKSPACE: workspaceName
  AZURE_ML_COMPUTE: computeName
}

var shelfcastSettings = {
  SHELFCAST_ENVIRONMENT: environment
  SHELFCAST_PROFILE: profile
  // The user's name is the identity's client id; there is no password.
  SHELFCAST_LEDGER_URL: 'mssql+mssqlpython://${identityClientId}@${ledger.server}/${ledger.database}'
  SHELFCAST_TELEMETRY: 'azure'
  SHELFCAST_WEEKLY_SCHEDULE: schedules.weekly
  SHELFCAST_STALE_SCHEDULE: schedules.stale
  SHELFCAST_CELLS_AT_A_TIME: string(cellsAtATime)
  SHELFCAST_QUIET_SECONDS: string(limits.quietSeconds)
  SHELFCAST_QUEUE_LIMIT_MINUTES: string(limits.queueMinutes)
  SHELFCAST_RUN_LIMIT_MINUTES: string(limits.runMinutes)
  SHELFCAST_POLL_SECONDS: string(limits.pollSeconds)
  SHELFCAST_POLL_SECONDS_MOST: string(limits.pollSecondsMost)
  SHELFCAST_JOB_ATTEMPTS: string(limits.jobAttempts)
  SHELFCAST_REQUIRED_ROLE: requiredRole
}

var callerRules = [
  for (range, index) in callers: {
    name: 'caller-${index}'
    action: 'Allow'
    priority: 200 + index
    ipAddress: range
  }
]

var serviceRules = [
  {
    name: 'event-grid'
    action: 'Allow'
    priority: 100
    tag: 'ServiceTag'
    ipAddress: 'AzureEventGrid'
  }
  {
    name: 'data-factory'
    action: 'Allow'
    priority: 110
    tag: 'ServiceTag'
    ipAddress: 'DataFactory'
  }
]

resource hostStorage 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: hostStorageName
}

resource lake 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: lakeName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: privateNetwork ? subnetId : null
    // Event Grid pushes only to a public address. Where the network is private, the rules below let in its service
    // and Data Factory's, and nobody else; each call needs a key as well.
    publicNetworkAccess: 'Enabled'
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        // The first event after a cold start can be refused, so arriving files always find an instance. Runs and
        // requests may wait for one.
        alwaysReady: alwaysReady > 0
          ? [
              {
                name: 'blob'
                instanceCount: alwaysReady
              }
            ]
          : []
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      ipSecurityRestrictionsDefaultAction: privateNetwork ? 'Deny' : 'Allow'
      ipSecurityRestrictions: privateNetwork ? concat(serviceRules, callerRules) : []
      // Deployments come in here, with an Entra token; hosted build agents have no fixed addresses.
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictionsDefaultAction: privateNetwork && !empty(callers) ? 'Deny' : 'Allow'
      scmIpSecurityRestrictions: privateNetwork ? callerRules : []
    }
  }
}

resource appSettings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: union(hostSettings, lakeSettings, machineLearningSettings, shelfcastSettings)
}

// Flex Consumption has no FTP to switch off; publishing by password is off all the same.
resource ftp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource scm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: app
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

@description('Id of the app.')
output id string = app.id

@description('Name of the app.')
output name string = app.name

@description('Host name of the app.')
output hostName string = app.properties.defaultHostName

@description('Address of the app.')
output url string = 'https://${app.properties.defaultHostName}'
