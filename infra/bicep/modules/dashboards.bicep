metadata description = 'What people look at: a workbook with every chart, and a portal dashboard with the ones for every day.'

import { Tags } from '../types.bicep'

@description('Required. Region.')
param location string

@description('Required. Tags of every resource.')
param tags Tags

@description('Required. Name of the portal dashboard.')
param dashboardName string

@description('Required. Id of Application Insights.')
param insightsId string

@description('Required. Id of the Log Analytics workspace.')
param workspaceId string

@description('A chart or a table over one query.')
type Chart = {
  @description('Required. Name inside the workbook.')
  name: string

  @description('Required. What stands above it.')
  title: string

  @description('Required. How the workbook shows it.')
  look: 'table' | 'barchart' | 'linechart'

  @description('Required. Share of the width of the workbook, in percent.')
  width: int

  @description('Required. Whether it is on the dashboard, too.')
  pinned: bool

  @description('Conditional. Columns of the numbers. Required on the dashboard, unless it is a table.')
  values: string[]?

  @description('Optional. Column by whose values a number is told apart.')
  split: string?

  @description('Required. Query in KQL.')
  query: string
}

var frame = loadJsonContent('../content/workbook.json')

var charts Chart[] = [
  {
    name: 'runs'
    title: 'Runs by day and how they ended'
    look: 'barchart'
    width: 50
    pinned: true
    values: ['Runs']
    split: 'Status'
    query: loadTextContent('../content/workbook/runs.kql')
  }
  {
    name: 'run-list'
    title: 'Newest runs'
    look: 'table'
    width: 50
    pinned: true
    query: loadTextContent('../content/workbook/run-list.kql')
  }
  {
    name: 'cells'
    title: 'Cells by day and what serves them'
    look: 'barchart'
    width: 50
    pinned: true
    values: ['Cells']
    split: 'Serving'
    query: loadTextContent('../content/workbook/cells.kql')
  }
  {
    name: 'cells-failed'
    title: 'Failed cells and what stands for them'
    look: 'barchart'
    width: 50
    pinned: false
    query: loadTextContent('../content/workbook/cells-failed.kql')
  }
  {
    name: 'jobs'
    title: 'Jobs and how they ended'
    look: 'table'
    width: 50
    pinned: true
    query: loadTextContent('../content/workbook/jobs.kql')
  }
  {
    name: 'job-times'
    title: 'Minutes of jobs, 95th percentile'
    look: 'linechart'
    width: 50
    pinned: true
    values: ['Minutes']
    split: 'Measure'
    query: loadTextContent('../content/workbook/job-times.kql')
  }
  {
    name: 'conditioning'
    title: 'Conditioning by source'
    look: 'table'
    width: 50
    pinned: true
    query: loadTextContent('../content/workbook/conditioning.kql')
  }
  {
    name: 'rejects'
    title: 'Rejected rows and refused files by reason'
    look: 'table'
    width: 50
    pinned: false
    query: loadTextContent('../content/workbook/rejects.kql')
  }
  {
    name: 'sources-late'
    title: 'Late sources'
    look: 'table'
    width: 50
    pinned: false
    query: loadTextContent('../content/workbook/sources-late.kql')
  }
  {
    name: 'models'
    title: 'Newest model of each slot'
    look: 'table'
    width: 50
    pinned: true
    query: loadTextContent('../content/workbook/models.kql')
  }
  {
    name: 'mape-trend'
    title: 'MAPE of new models'
    look: 'linechart'
    width: 50
    pinned: true
    values: ['Median', 'Worst']
    query: loadTextContent('../content/workbook/mape-trend.kql')
  }
  {
    name: 'models-registered'
    title: 'New and stale models'
    look: 'barchart'
    width: 50
    pinned: false
    query: loadTextContent('../content/workbook/models-registered.kql')
  }
  {
    name: 'forecasts'
    title: 'Forecasts by cell'
    look: 'table'
    width: 50
    pinned: false
    query: loadTextContent('../content/workbook/forecasts.kql')
  }
  {
    name: 'alerts'
    title: 'What people were told'
    look: 'barchart'
    width: 50
    pinned: true
    values: ['Alerts']
    split: 'Kind'
    query: loadTextContent('../content/workbook/alerts.kql')
  }
  {
    name: 'failed-operations'
    title: 'Functions that failed'
    look: 'table'
    width: 100
    pinned: false
    query: loadTextContent('../content/workbook/failed-operations.kql')
  }
]

var pipelines Chart = {
  name: 'pipelines'
  title: 'Data Factory'
  look: 'table'
  width: 100
  pinned: false
  query: loadTextContent('../content/workbook/pipelines.kql')
}

var queried = concat(
  map(charts, chart => {
    chart: chart
    kind: 'microsoft.insights/components'
    source: insightsId
  }),
  [
    {
      chart: pipelines
      kind: 'microsoft.operationalinsights/workspaces'
      source: workspaceId
    }
  ]
)

var workbookItems = map(queried, item => {
  type: 3
  name: item.chart.name
  customWidth: string(item.chart.width)
  content: {
    version: 'KqlItem/1.0'
    title: item.chart.title
    query: item.chart.query
    visualization: item.chart.look
    size: 0
    queryType: 0
    resourceType: item.kind
    crossComponentResources: [item.source]
    timeContextFromParameter: 'TimeRange'
  }
})

var pinned = filter(charts, chart => chart.pinned)
var columns = 2
var partWidth = 9
var partHeight = 5

// The published type knows one kind of part alone, so the others are made of values without a type.
var dashboardParts = map(range(0, length(pinned)), index => {
  position: {
    x: (index % columns) * partWidth
    y: 2 + (index / columns) * partHeight
    colSpan: partWidth
    rowSpan: partHeight
  }
  metadata: {
    type: 'Extension/Microsoft_OperationsManagementSuite_Workspace/PartType/LogsDashboardPart'
    inputs: [
      {
        name: 'Scope'
        value: {
          resourceIds: [insightsId]
        }
      }
      {
        name: 'PartId'
        value: guid(insightsId, pinned[index].name)
      }
      {
        name: 'Version'
        value: '2.0'
      }
      {
        name: 'TimeRange'
        value: 'P30D'
      }
      {
        name: 'Query'
        value: pinned[index].query
      }
      {
        name: 'ControlType'
        value: pinned[index].look == 'table' ? 'AnalyticsGrid' : 'FrameControlChart'
      }
      {
        name: 'SpecificChart'
        value: pinned[index].look == 'linechart' ? 'Line' : 'StackedColumn'
      }
      {
        name: 'Dimensions'
        value: pinned[index].look == 'table'
          ? null
          : {
              xAxis: {
                name: 'timestamp'
                type: 'datetime'
              }
              yAxis: map(pinned[index].?values ?? [], column => {
                name: column
                type: 'real'
              })
              splitBy: empty(pinned[index].?split ?? '')
                ? []
                : [
                    {
                      name: pinned[index].?split
                      type: 'string'
                    }
                  ]
              aggregation: 'Sum'
            }
      }
      {
        name: 'LegendOptions'
        value: {
          isEnabled: true
          position: 'Bottom'
        }
      }
      {
        name: 'PartTitle'
        value: pinned[index].title
      }
      {
        name: 'IsQueryContainTimeRange'
        value: false
      }
    ]
    settings: {}
  }
})

var heading = {
  position: {
    x: 0
    y: 0
    colSpan: columns * partWidth
    rowSpan: 2
  }
  metadata: {
    type: 'Extension/HubsExtension/PartType/MarkdownPart'
    inputs: []
    settings: {
      content: {
        title: 'Shelfcast'
        subtitle: tags.environment
        markdownSource: 1
        content: 'The last 30 days. More is in the workbook of Application Insights. What to do about something red: docs/operations.md, a section per alert.'
      }
    }
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insightsId, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Shelfcast ${tags.environment}'
    description: 'Runs, cells, jobs, conditioning, models and alerts.'
    category: 'workbook'
    version: frame.version
    sourceId: insightsId
    serializedData: string(union(frame, {
      items: concat(frame.items, workbookItems)
      fallbackResourceIds: [insightsId]
    }))
  }
}

resource dashboard 'Microsoft.Portal/dashboards@2026-04-01' = {
  name: dashboardName
  location: location
  tags: union(tags, {
    'hidden-title': 'Shelfcast ${tags.environment}'
  })
  properties: {
    lenses: [
      {
        order: 0
        parts: any(concat([heading], dashboardParts))
      }
    ]
    metadata: {
      model: {
        timeRange: {
          type: 'MsPortalFx.Composition.Configuration.ValueTypes.TimeRange'
          value: {
            relative: {
              duration: 30
              timeUnit: 4
            }
          }
        }
      }
    }
  }
}

@description('Id of the workbook.')
output workbookId string = workbook.id

@description('Id of the dashboard.')
output dashboardId string = dashboard.id
