metadata description = 'Events of the lake and of the workspace, pushed to the app. Deployed after its code: a subscription begins with a handshake with the function.'

import { Tags } from '../types.bicep'

@description('Required. Region.')
param location string

@description('Required. Tags of every resource.')
param tags Tags

@description('Required. Log Analytics workspace for diagnostics.')
param logAnalyticsWorkspaceId string

@description('Required. Name of the lake\'s system topic.')
param lakeTopicName string

@description('Required. Name of the workspace\'s system topic.')
param workspaceTopicName string

@description('Required. Id of the lake.')
param lakeId string

@description('Required. Id of the Azure Machine Learning workspace.')
param workspaceId string

@description('Required. Name of the Function app.')
param functionAppName string

@description('Required. Sources of the client profile. Each has a folder in the raw zone and a function.')
param sources string[]

@description('Optional. Container of the lake in which files arrive.')
param rawContainer string = 'raw'

@description('Required. Container of the lake for events that could not be delivered.')
param deadLetterContainer string

@description('Required. Id of the identity that Event Grid stores them with.')
param identityId string

@description('Required. Key of the blob extension of the app.')
@secure()
param blobsExtensionKey string

@description('Required. Who is told of events that were lost or set aside.')
param actionGroupId string

// Only once a blob is whole: FlushWithClose ends an upload through the data lake's own interface.
var apisThatEndAFile = ['PutBlob', 'PutBlockList', 'CopyBlob', 'FlushWithClose']

var topicIdentity = {
  type: 'UserAssigned'
  userAssignedIdentities: {
    '${identityId}': {}
  }
}

var retryPolicy = {
  maxDeliveryAttempts: 30
  eventTimeToLiveInMinutes: 1440
}

var deadLetter = {
  identity: {
    type: 'UserAssigned'
    userAssignedIdentity: identityId
  }
  deadLetterDestination: {
    endpointType: 'StorageBlob'
    properties: {
      resourceId: lakeId
      blobContainerName: deadLetterContainer
    }
  }
}

var watched = [
  {
    metric: 'DeadLetteredCount'
    severity: 1
    runbook: 'event-dead-lettered'
    description: 'An event could not be delivered to the app and lies in the dead-letter container: a file may not be conditioned.'
  }
  {
    metric: 'DroppedEventCount'
    severity: 1
    runbook: 'event-dropped'
    description: 'An event was lost: it could be neither delivered nor set aside. A file may not be conditioned.'
  }
]

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource lakeTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: lakeTopicName
  location: location
  tags: tags
  identity: topicIdentity
  properties: {
    source: lakeId
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

resource workspaceTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: workspaceTopicName
  location: location
  tags: tags
  identity: topicIdentity
  properties: {
    source: workspaceId
    topicType: 'Microsoft.MachineLearningServices.Workspaces'
  }
}

resource arrivals 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = [
  for source in sources: {
    parent: lakeTopic
    name: 'condition-${replace(source, '_', '-')}'
    properties: {
      destination: {
        endpointType: 'WebHook'
        properties: {
          endpointUrl: 'https://${app.properties.defaultHostName}/runtime/webhooks/blobs?functionName=Host.Functions.condition_${source}&code=${blobsExtensionKey}'
          maxEventsPerBatch: 1
          minimumTlsVersionAllowed: '1.2'
        }
      }
      eventDeliverySchema: 'EventGridSchema'
      filter: {
        includedEventTypes: ['Microsoft.Storage.BlobCreated']
        subjectBeginsWith: '/blobServices/default/containers/${rawContainer}/blobs/${source}/'
        isSubjectCaseSensitive: true
        advancedFilters: [
          {
            operatorType: 'StringIn'
            key: 'data.api'
            values: apisThatEndAFile
          }
        ]
      }
      retryPolicy: retryPolicy
      deadLetterWithResourceIdentity: deadLetter
    }
  }
]

resource jobs 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: workspaceTopic
  name: 'job-completed'
  properties: {
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: '${app.id}/functions/job_completed'
        maxEventsPerBatch: 1
      }
    }
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      // A run that succeeds is told of as completed, one that fails as a change of status.
      includedEventTypes: [
        'Microsoft.MachineLearningServices.RunCompleted'
        'Microsoft.MachineLearningServices.RunStatusChanged'
      ]
      advancedFilters: [
        {
          operatorType: 'IsNotNull'
          key: 'data.runTags.run'
        }
      ]
    }
    retryPolicy: retryPolicy
    deadLetterWithResourceIdentity: deadLetter
  }
}

resource lakeDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: lakeTopic
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

resource workspaceDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: workspaceTopic
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

resource alerts 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for item in watched: {
    name: '${lakeTopicName}-${item.runbook}'
    location: 'global'
    tags: tags
    properties: {
      description: '${item.description} What to do: docs/operations.md#${item.runbook}'
      severity: item.severity
      enabled: true
      scopes: [lakeTopic.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: false
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: item.metric
            metricNamespace: 'Microsoft.EventGrid/systemTopics'
            metricName: item.metric
            operator: 'GreaterThan'
            threshold: 0
            timeAggregation: 'Total'
          }
        ]
      }
      actions: [
        {
          actionGroupId: actionGroupId
        }
      ]
    }
  }
]

@description('Id of the lake\'s system topic.')
output lakeTopicId string = lakeTopic.id

@description('Id of the workspace\'s system topic.')
output workspaceTopicId string = workspaceTopic.id
