metadata description = 'Whom the system tells that something is wrong, and when. Each alert has a section in docs/operations.md that says what to do.'

import { AlertLimits, Tags } from '../types.bicep'

@description('Required. Region.')
param location string

@description('Required. Tags of every resource.')
param tags Tags

@description('Required. Name of the action group.')
param actionGroupName string

@description('Required. Addresses that are written to.')
@minLength(1)
param emails string[]

@description('Optional. Address that is called with each alert, for a chat or a ticket system. It may hold a key.')
@secure()
param webhookUrl string = ''

@description('Required. Id of Application Insights, which most alerts ask.')
param insightsId string

@description('Required. Id of the Data Factory.')
param factoryId string

@description('Required. Whether a run ends at least every second day, as it does where stale models are looked for daily.')
param dailyRuns bool

@description('Required. Beyond what somebody is told.')
param limits AlertLimits

@description('An alert over a query. Its name is that of its section in docs/operations.md.')
type QueryAlert = {
  @description('Required. Name.')
  name: string

  @description('Required. From 0, which cannot wait, to 4.')
  @minValue(0)
  @maxValue(4)
  severity: int

  @description('Required. What it means.')
  description: string

  @description('Required. Query in KQL.')
  query: string

  @description('Required. How the column Number is put together. Count takes the rows instead.')
  aggregation: 'Total' | 'Maximum' | 'Count'

  @description('Required. Which numbers are wrong.')
  operator: 'GreaterThan' | 'LessThan'

  @description('Required. Where that begins.')
  threshold: int

  @description('Required. Columns by whose values it is told apart.')
  dimensions: string[]

  @description('Required. How often it is looked at.')
  every: 'PT5M' | 'PT15M' | 'PT1H' | 'PT6H'

  @description('Required. How far back that look goes.')
  over: 'PT15M' | 'PT1H' | 'P1D' | 'P2D'

  @description('Required. Whether it is on.')
  enabled: bool
}

var queryAlerts QueryAlert[] = [
  {
    name: 'run-failed'
    severity: 1
    description: 'A run ended without a single forecast. What was published last still stands.'
    query: loadTextContent('../content/alerts/run-failed.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['Trigger']
    every: 'PT5M'
    over: 'PT1H'
    enabled: true
  }
  {
    name: 'run-partial'
    severity: 2
    description: 'Some cells of a run failed. Its summary names each, and the forecast that stands for it.'
    query: loadTextContent('../content/alerts/run-partial.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['Trigger']
    every: 'PT15M'
    over: 'PT1H'
    enabled: true
  }
  {
    name: 'cell-failed'
    severity: 2
    description: 'Cells, markets times formats, have no new forecast.'
    query: loadTextContent('../content/alerts/cell-failed.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['Serving']
    every: 'PT15M'
    over: 'PT1H'
    enabled: true
  }
  {
    name: 'fallback-serves'
    severity: 3
    description: 'What serves some cells is not their newest model, but an earlier one, the historical average, or the forecast published last.'
    query: loadTextContent('../content/alerts/fallback-serves.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['Serving']
    every: 'PT1H'
    over: 'P1D'
    enabled: true
  }
  {
    name: 'job-never-started'
    severity: 2
    description: 'Jobs found no compute within the queue limit.'
    query: loadTextContent('../content/alerts/job-never-started.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['Pipeline']
    every: 'PT15M'
    over: 'PT1H'
    enabled: true
  }
  {
    name: 'job-timed-out'
    severity: 2
    description: 'Jobs ran longer than the run limit and were cancelled.'
    query: loadTextContent('../content/alerts/job-timed-out.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['Pipeline']
    every: 'PT15M'
    over: 'PT1H'
    enabled: true
  }
  {
    name: 'job-not-submitted'
    severity: 1
    description: 'Azure Machine Learning refused jobs, or was away for too long.'
    query: loadTextContent('../content/alerts/job-not-submitted.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['Pipeline']
    every: 'PT15M'
    over: 'PT1H'
    enabled: true
  }
  {
    name: 'model-stale'
    severity: 3
    description: 'Models were found stale on two days in a row: training them again did not help.'
    query: loadTextContent('../content/alerts/model-stale.kql')
    aggregation: 'Maximum'
    operator: 'GreaterThan'
    threshold: 1
    dimensions: []
    every: 'PT6H'
    over: 'P2D'
    enabled: true
  }
  {
    name: 'mape-high'
    severity: 2
    description: 'A new model misses its target on the held-out weeks: its MAPE is above ${limits.mapePercent} percent.'
    query: loadTextContent('../content/alerts/mape-high.kql')
    aggregation: 'Maximum'
    operator: 'GreaterThan'
    threshold: limits.mapePercent
    dimensions: ['Slot']
    every: 'PT1H'
    over: 'P1D'
    enabled: true
  }
  {
    name: 'forecasts-held-back'
    severity: 2
    description: 'More than ${limits.heldBackPercent} percent of a cell\'s forecasts were held back as implausible.'
    query: loadTextContent('../content/alerts/forecasts-held-back.kql')
    aggregation: 'Maximum'
    operator: 'GreaterThan'
    threshold: limits.heldBackPercent
    dimensions: ['Cell']
    every: 'PT1H'
    over: 'P1D'
    enabled: true
  }
  {
    name: 'file-refused'
    severity: 2
    description: 'A raw file is in quarantine as a whole.'
    query: loadTextContent('../content/alerts/file-refused.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['Source', 'Reason']
    every: 'PT15M'
    over: 'PT1H'
    enabled: true
  }
  {
    name: 'file-given-up'
    severity: 1
    description: 'Conditioning broke down on a file five times. It is set aside until the cause is mended.'
    query: loadTextContent('../content/alerts/file-given-up.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: []
    every: 'PT15M'
    over: 'PT1H'
    enabled: true
  }
  {
    name: 'rows-rejected'
    severity: 2
    description: 'More than ${limits.rejectedPercent} percent of the rows of a source are in quarantine.'
    query: loadTextContent('../content/alerts/rows-rejected.kql')
    aggregation: 'Maximum'
    operator: 'GreaterThan'
    threshold: limits.rejectedPercent
    dimensions: ['Source']
    every: 'PT1H'
    over: 'P1D'
    enabled: true
  }
  {
    name: 'source-late'
    severity: 2
    description: 'A source has no file for the week. Nothing is forecast from the new week until it comes.'
    query: loadTextContent('../content/alerts/source-late.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['Source']
    every: 'PT1H'
    over: 'P1D'
    enabled: true
  }
  {
    name: 'rules-outdated'
    severity: 1
    description: 'Files are conditioned by earlier rules than the deployed ones. Nothing is published until they are conditioned again.'
    query: loadTextContent('../content/alerts/rules-outdated.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: []
    every: 'PT15M'
    over: 'PT1H'
    enabled: true
  }
  {
    name: 'ledger-unavailable'
    severity: 2
    description: 'The ledger lacks records, because the database was away. No forecast waited for it.'
    query: loadTextContent('../content/alerts/ledger-unavailable.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['Record']
    every: 'PT15M'
    over: 'PT1H'
    enabled: true
  }
  {
    name: 'no-new-week'
    severity: 1
    description: 'For more than ${limits.weekAgeDays} days no newer week has been forecast from.'
    query: loadTextContent('../content/alerts/no-new-week.kql')
    aggregation: 'Maximum'
    operator: 'GreaterThan'
    threshold: limits.weekAgeDays
    dimensions: []
    every: 'PT1H'
    over: 'P1D'
    enabled: true
  }
  {
    name: 'nothing-ran'
    severity: 0
    description: 'For two days no run has ended, not even one that found nothing to do: the timers do not fire, the app does not start, or its telemetry does not arrive.'
    query: loadTextContent('../content/alerts/nothing-ran.kql')
    aggregation: 'Count'
    operator: 'LessThan'
    threshold: 1
    dimensions: []
    every: 'PT1H'
    over: 'P2D'
    enabled: dailyRuns
  }
  {
    name: 'function-failed'
    severity: 2
    description: 'A function failed more than ${limits.failedCalls} times in an hour.'
    query: loadTextContent('../content/alerts/function-failed.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: limits.failedCalls
    dimensions: ['Function']
    every: 'PT15M'
    over: 'PT1H'
    enabled: true
  }
  {
    name: 'app-empty'
    severity: 0
    description: 'The host finds no function in the deployed package. Nothing works.'
    query: loadTextContent('../content/alerts/app-empty.kql')
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: []
    every: 'PT5M'
    over: 'PT15M'
    enabled: true
  }
]

var emailReceivers = map(emails, email => {
  name: email
  emailAddress: email
  useCommonAlertSchema: true
})

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: take('sc-${tags.environment}', 12)
    emailReceivers: emailReceivers
    webhookReceivers: empty(webhookUrl)
      ? []
      : [
          {
            name: 'webhook'
            serviceUri: webhookUrl
            useCommonAlertSchema: true
          }
        ]
  }
}

resource queries 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for item in queryAlerts: {
    name: 'alert-${item.name}-${tags.environment}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Shelfcast ${tags.environment}: ${item.name}'
      description: '${item.description} What to do: docs/operations.md#${item.name}'
      severity: item.severity
      enabled: item.enabled
      scopes: [insightsId]
      evaluationFrequency: item.every
      windowSize: item.over
      // Windows overlap, so that what arrives late is seen as well. Told once, it is quiet until the window is clean.
      autoMitigate: true
      skipQueryValidation: false
      criteria: {
        allOf: [
          {
            query: item.query
            timeAggregation: item.aggregation
            metricMeasureColumn: item.aggregation == 'Count' ? null : 'Number'
            dimensions: map(item.dimensions, dimension => {
              name: dimension
              operator: 'Include'
              values: ['*']
            })
            operator: item.operator
            threshold: item.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [actionGroup.id]
      }
    }
  }
]

resource pipelineFailed 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'alert-pipeline-failed-${tags.environment}'
  location: 'global'
  tags: tags
  properties: {
    description: 'A pipeline of Data Factory failed: what it waited for did not come out, or could not be reached. What to do: docs/operations.md#pipeline-failed'
    severity: 2
    enabled: true
    scopes: [factoryId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'PipelineFailedRuns'
          metricNamespace: 'Microsoft.DataFactory/factories'
          metricName: 'PipelineFailedRuns'
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Total'
          dimensions: [
            {
              name: 'Name'
              operator: 'Include'
              values: ['*']
            }
          ]
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroup.id
      }
    ]
  }
}

@description('Id of the action group.')
output actionGroupId string = actionGroup.id

@description('Name of the action group.')
output actionGroupName string = actionGroup.name
