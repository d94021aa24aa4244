using 'main.bicep'

// What belongs to a subscription, and not to the code, comes from the environment: see infra/deploy/deploy.sh --help.
var repository = readEnvironmentVariable('SHELFCAST_GITHUB_REPOSITORY', '')
var connectionIssuer = readEnvironmentVariable('SHELFCAST_DEVOPS_ISSUER', '')
var connectionSubject = readEnvironmentVariable('SHELFCAST_DEVOPS_SUBJECT', '')

param environment = 'prod'
param location = readEnvironmentVariable('SHELFCAST_LOCATION', 'eastus2')
param owner = readEnvironmentVariable('SHELFCAST_OWNER', 'forecasting')
param costCenter = readEnvironmentVariable('SHELFCAST_COST_CENTER', 'forecasting')

param privateNetwork = true
param lockResources = true

param lakeSku = 'Standard_GZRS'
param hostStorageSku = 'Standard_ZRS'
param lakeRetention = {
  rawCool: 90
  rawCold: 365
  keptCool: 180
  workDelete: 730
  deadLettersDelete: 180
  softDelete: 30
  auditImmutable: 2555
}
param registrySku = 'Premium'

param sqlAdministrator = {
  name: readEnvironmentVariable('SHELFCAST_SQL_ADMIN_NAME', 'shelfcast-prod-administrators')
  objectId: readEnvironmentVariable('SHELFCAST_SQL_ADMIN_ID', '00000000-0000-0000-0000-000000000000')
  principalType: 'Group'
}
param sql = {
  sku: 'GP_Gen5'
  cores: 2
  autoPauseMinutes: -1
  maximumGb: 64
  zoneRedundant: true
  backupRedundancy: 'GeoZone'
  backupDays: 35
  longTerm: {
    weekly: 'P8W'
    monthly: 'P12M'
    yearly: 'P7Y'
    weekOfYear: 1
  }
}

param app = {
  instanceMemoryMB: 4096
  maximumInstances: 100
  alwaysReady: 1
  cellsAtATime: 10
  profile: 'config/default.yml'
}
param schedules = {
  weekly: '0 0 6 * * MON'
  stale: '0 30 6 * * *'
}
param clusters = {
  cpu: { size: 'Standard_DS4_v2', max: 10 }
  gpu: { size: 'Standard_NC4as_T4_v3', max: 4 }
}
param environmentVersion = readEnvironmentVariable('SHELFCAST_ENVIRONMENT_VERSION', '1')
param logs = {
  retentionDays: 90
  dailyCapGb: 10
}
param alertEmails = split(readEnvironmentVariable('SHELFCAST_ALERT_EMAILS', 'forecasting@example.com'), ',')
param budget = {
  amount: 1500
  startDate: readEnvironmentVariable('SHELFCAST_BUDGET_START', '2026-11-01')
  thresholds: [50, 80, 100]
}

param deployers = concat(
  empty(repository)
    ? []
    : map(['prod', 'prod-release', 'prod-promotion', 'prod-infrastructure'], gate => {
        name: 'github-${gate}'
        issuer: 'https://token.actions.githubusercontent.com'
        subject: 'repo:${repository}:environment:${gate}'
      }),
  empty(connectionSubject)
    ? []
    : [
        {
          name: 'azure-devops'
          issuer: connectionIssuer
          subject: connectionSubject
        }
      ]
)

param sources = [
  'demographics'
  'events'
  'products'
  'promotions'
  'returns'
  'shipments'
  'stores'
  'weather_forecast'
  'weather_history'
]
param blobsExtensionKey = readEnvironmentVariable('SHELFCAST_BLOBS_EXTENSION_KEY', '')
param eventSubscriptions = bool(readEnvironmentVariable('SHELFCAST_EVENT_SUBSCRIPTIONS', 'false'))
