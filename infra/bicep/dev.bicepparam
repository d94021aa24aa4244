using 'main.bicep'

// What belongs to a subscription, and not to the code, comes from the environment: see infra/deploy/deploy.sh --help.
var repository = readEnvironmentVariable('SHELFCAST_GITHUB_REPOSITORY', '')
var connectionIssuer = readEnvironmentVariable('SHELFCAST_DEVOPS_ISSUER', '')
var connectionSubject = readEnvironmentVariable('SHELFCAST_DEVOPS_SUBJECT', '')

param environment = 'dev'
param location = readEnvironmentVariable('SHELFCAST_LOCATION', 'eastus2')
param owner = readEnvironmentVariable('SHELFCAST_OWNER', 'forecasting')
param costCenter = readEnvironmentVariable('SHELFCAST_COST_CENTER', 'forecasting')

param privateNetwork = false
param lockResources = false

param lakeSku = 'Standard_LRS'
param hostStorageSku = 'Standard_LRS'
param lakeRetention = {
  rawCool: 30
  rawCold: 180
  keptCool: 60
  workDelete: 120
  deadLettersDelete: 30
  softDelete: 7
  auditImmutable: 1
}
param registrySku = 'Basic'

param sqlAdministrator = {
  name: readEnvironmentVariable('SHELFCAST_SQL_ADMIN_NAME', 'shelfcast-dev-administrators')
  objectId: readEnvironmentVariable('SHELFCAST_SQL_ADMIN_ID', '00000000-0000-0000-0000-000000000000')
  principalType: 'Group'
}
param sql = {
  sku: 'GP_S_Gen5'
  cores: 2
  minimumCores: 1
  autoPauseMinutes: 60
  maximumGb: 32
  zoneRedundant: false
  backupRedundancy: 'Local'
  backupDays: 7
}

param app = {
  instanceMemoryMB: 2048
  maximumInstances: 40
  alwaysReady: 0
  cellsAtATime: 4
  profile: 'config/default.yml'
}
param schedules = {
  weekly: '0 0 6 * * TUE'
  stale: '0 30 6 * * SUN'
}
param clusters = {
  cpu: { size: 'Standard_DS3_v2', max: 4 }
  gpu: { size: 'Standard_NC4as_T4_v3', max: 1 }
}
param environmentVersion = readEnvironmentVariable('SHELFCAST_ENVIRONMENT_VERSION', '1')
param logs = {
  retentionDays: 30
  dailyCapGb: 1
}
param alertEmails = split(readEnvironmentVariable('SHELFCAST_ALERT_EMAILS', 'forecasting@example.com'), ',')
param budget = {
  amount: 200
  startDate: readEnvironmentVariable('SHELFCAST_BUDGET_START', '2026-11-01')
  thresholds: [50, 80, 100]
}

param deployers = concat(
  empty(repository)
    ? []
    : map(['dev', 'dev-release', 'dev-promotion', 'dev-infrastructure'], gate => {
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
