metadata description = 'The types that main.bicep and its modules share.'

@export()
@description('Which environment a deployment is for.')
type Environment = 'dev' | 'prod'

@export()
@description('Tags that every resource carries.')
type Tags = {
  @description('Required. Name of the system.')
  workload: string

  @description('Required. Environment.')
  environment: Environment

  @description('Required. Who answers for it: a person or a team.')
  owner: string

  @description('Required. Who pays for it.')
  costCenter: string

  @description('Required. Where it is described.')
  managedBy: 'bicep'
}

@export()
@description('A user-assigned identity.')
type Identity = {
  @description('Required. Resource id.')
  id: string

  @description('Required. Client id, by which an application picks it.')
  clientId: string

  @description('Required. Object id, to which roles are given.')
  principalId: string
}

@export()
@description('All identities, each with one purpose.')
type Identities = {
  @description('Required. The Function app.')
  app: Identity

  @description('Required. Training and scoring jobs on the clusters.')
  training: Identity

  @description('Required. The Azure Machine Learning workspace.')
  workspace: Identity

  @description('Required. Data Factory.')
  factory: Identity

  @description('Required. Event Grid, which stores events that it could not deliver.')
  events: Identity

  @description('Required. The CI pipelines.')
  deployer: Identity
}

@export()
@description('Names of the identities.')
type IdentityNames = {
  @description('Required. The Function app.')
  app: string

  @description('Required. Training and scoring jobs.')
  training: string

  @description('Required. The Azure Machine Learning workspace.')
  workspace: string

  @description('Required. Data Factory.')
  factory: string

  @description('Required. Event Grid.')
  events: string

  @description('Required. The CI pipelines.')
  deployer: string
}

@export()
@description('Names of all resources of an environment.')
type Names = {
  @description('Required. Resource group.')
  resourceGroup: string

  @description('Required. Virtual network.')
  network: string

  @description('Required. Data lake.')
  lake: string

  @description('Required. Storage account of the Functions host.')
  hostStorage: string

  @description('Required. Storage account of the workspace.')
  workspaceStorage: string

  @description('Required. Key Vault.')
  vault: string

  @description('Required. SQL server.')
  sqlServer: string

  @description('Required. SQL database: the ledger.')
  sqlDatabase: string

  @description('Required. Container Registry.')
  registry: string

  @description('Required. Plan of the Function app.')
  plan: string

  @description('Required. Function app.')
  functionApp: string

  @description('Required. Event Grid system topic of the lake.')
  lakeTopic: string

  @description('Required. Event Grid system topic of the workspace.')
  workspaceTopic: string

  @description('Required. Azure Machine Learning workspace.')
  workspace: string

  @description('Required. Azure Machine Learning registry.')
  modelRegistry: string

  @description('Required. Data Factory.')
  factory: string

  @description('Required. Log Analytics workspace.')
  logs: string

  @description('Required. Application Insights.')
  insights: string

  @description('Required. Action group of the alerts.')
  actionGroup: string

  @description('Required. Portal dashboard.')
  dashboard: string

  @description('Required. Budget of the resource group.')
  budget: string

  @description('Required. Identities.')
  identities: IdentityNames
}

@export()
@description('Where private endpoints go. Its absence means that there are none.')
type PrivateLink = {
  @description('Required. Subnet of the private endpoints.')
  subnetId: string

  @description('Required. Private DNS zones by the sub-resource that they serve.')
  zoneIds: PrivateZones
}

@export()
@description('Ids of private DNS zones by the sub-resource that they serve.')
type PrivateZones = {
  @description('Required. Blobs.')
  blob: string[]

  @description('Required. Data lake files.')
  dfs: string[]

  @description('Required. Queues.')
  queue: string[]

  @description('Required. Tables.')
  table: string[]

  @description('Required. File shares.')
  file: string[]

  @description('Required. Key Vault.')
  vault: string[]

  @description('Required. SQL server.')
  sqlServer: string[]

  @description('Required. Container Registry.')
  registry: string[]

  @description('Required. Azure Machine Learning workspace, which has two.')
  amlworkspace: string[]
}

@export()
@description('Address ranges of the virtual network.')
type AddressPlan = {
  @description('Required. The whole network.')
  space: string

  @description('Required. Outbound traffic of the Function app.')
  app: string

  @description('Required. Private endpoints.')
  endpoints: string
}

@export()
@description('Whom an outside token issuer vouches for.')
type FederatedCredential = {
  @description('Required. Name of the credential.')
  name: string

  @description('Required. Issuer of the token.')
  issuer: string

  @description('Required. Subject of the token: the service connection, or the environment of a repository.')
  subject: string
}

@export()
@description('Storage redundancy.')
type StorageSku = 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_RAGRS' | 'Standard_GZRS' | 'Standard_RAGZRS'

@export()
@description('When the zones of the lake cool down and end, in days after the last change.')
type LakeRetention = {
  @description('Required. Raw files go to the cool tier.')
  @minValue(1)
  rawCool: int

  @description('Required. Raw and quarantined files go to the cold tier.')
  @minValue(1)
  rawCold: int

  @description('Required. Other zones that are kept go to the cool tier.')
  @minValue(1)
  keptCool: int

  @description('Required. Working files of runs are deleted. Later than the oldest model that may still serve.')
  @minValue(90)
  workDelete: int

  @description('Required. Undelivered events are deleted.')
  @minValue(1)
  deadLettersDelete: int

  @description('Required. Deleted blobs and containers can be restored.')
  @minValue(1)
  @maxValue(365)
  softDelete: int

  @description('Required. Audit entries cannot be changed or deleted.')
  @minValue(1)
  @maxValue(146000)
  auditImmutable: int
}

@export()
@description('Who administers the SQL server: an Entra group, user or application.')
type SqlAdministrator = {
  @description('Required. Name.')
  name: string

  @description('Required. Object id in Entra ID.')
  objectId: string

  @description('Required. What it is.')
  principalType: 'Group' | 'User' | 'Application'
}

@export()
@description('Size and protection of the SQL database.')
type SqlSettings = {
  @description('Required. Serverless sizes pause and scale by themselves.')
  sku: 'GP_S_Gen5' | 'GP_Gen5'

  @description('Required. Most cores.')
  @minValue(1)
  cores: int

  @description('Conditional. Fewest cores while it is awake. Required if serverless.')
  @minValue(1)
  minimumCores: int?

  @description('Required. Minutes without use until it pauses, -1 for never.')
  autoPauseMinutes: int

  @description('Required. Most gigabytes.')
  @minValue(1)
  maximumGb: int

  @description('Required. Copies in several zones.')
  zoneRedundant: bool

  @description('Required. Where backups lie.')
  backupRedundancy: 'Local' | 'Zone' | 'Geo' | 'GeoZone'

  @description('Required. Days for which every moment can be restored.')
  @minValue(1)
  @maxValue(35)
  backupDays: int

  @description('Optional. Backups that are kept longer. None if left out.')
  longTerm: LongTermRetention?
}

@export()
@description('How long backups are kept beyond the point-in-time restore, as ISO 8601 durations.')
type LongTermRetention = {
  @description('Required. Backup of each week.')
  weekly: string

  @description('Required. First backup of each month.')
  monthly: string

  @description('Required. Backup of a week of each year.')
  yearly: string

  @description('Required. Which week of the year.')
  @minValue(1)
  @maxValue(52)
  weekOfYear: int
}

@export()
@description('The run ledger in Azure SQL.')
type Ledger = {
  @description('Required. Fully qualified name of the server.')
  server: string

  @description('Required. Name of the database.')
  database: string
}

@export()
@description('Size and bounds of the Function app.')
type AppSettings = {
  @description('Required. Memory of an instance, in MB.')
  instanceMemoryMB: 512 | 2048 | 4096

  @description('Required. Most instances.')
  @minValue(1)
  @maxValue(1000)
  maximumInstances: int

  @description('Required. Instances that are always ready for arriving files.')
  @minValue(0)
  alwaysReady: int

  @description('Required. Cells that run at the same time.')
  @minValue(1)
  cellsAtATime: int

  @description('Required. Client profile inside the package.')
  profile: string

  @description('Optional. Who signs callers in, besides the function keys. Nobody if left out. Data Factory has a key alone.')
  signIn: SignIn?
}

@export()
@description('When the timers of the app fire, as six-field NCRONTAB in UTC.')
type Schedules = {
  @description('Required. Weekly run.')
  weekly: string

  @description('Required. Look for models that have grown old.')
  stale: string
}

@export()
@description('A cluster that scales to zero.')
type Cluster = {
  @description('Required. Size of a node.')
  size: string

  @description('Required. Most nodes.')
  @minValue(1)
  max: int
}

@export()
@description('The clusters of the workspace.')
type Clusters = {
  @description('Required. For training and scoring.')
  cpu: Cluster

  @description('Required. For neural networks.')
  gpu: Cluster
}

@export()
@description('What the logs may cost.')
type LogSettings = {
  @description('Required. Days that logs are kept.')
  @minValue(30)
  @maxValue(730)
  retentionDays: int

  @description('Required. Most gigabytes a day, -1 for no limit.')
  dailyCapGb: int
}

@export()
@description('What the resource group may cost.')
type BudgetSettings = {
  @description('Required. Amount per month in the currency of the subscription.')
  @minValue(1)
  amount: int

  @description('Required. First day of the month from which on it counts. Stays the same in later deployments.')
  startDate: string

  @description('Required. Shares of the amount, in percent, at which somebody is told.')
  thresholds: int[]
}

@export()
@description('Object ids of all identities.')
type Principals = {
  @description('Required. The Function app.')
  app: string

  @description('Required. Training and scoring jobs.')
  training: string

  @description('Required. The Azure Machine Learning workspace.')
  workspace: string

  @description('Required. Data Factory.')
  factory: string

  @description('Required. Event Grid.')
  events: string

  @description('Required. The CI pipelines.')
  deployer: string
}

@export()
@description('One line of the role map.')
type Grant = {
  @description('Required. Which identity.')
  identity: 'app' | 'training' | 'workspace' | 'factory' | 'events' | 'deployer'

  @description('Required. Name of the role.')
  role: string

  @description('Required. What it is given on.')
  scope: 'lake' | 'zone' | 'hostStorage' | 'workspaceStorage' | 'vault' | 'registry' | 'insights' | 'workspace' | 'resourceGroup'

  @description('Conditional. Container of the lake. Required if the scope is a zone.')
  zone: string?

  @description('Optional. Whether it is needed only where the network is private.')
  onlyPrivate: bool?

  @description('Required. What it is needed for.')
  because: string
}

@export()
@description('How long the app waits for files and jobs.')
type AppLimits = {
  @description('Required. Seconds without a new file until versions are published.')
  @minValue(0)
  quietSeconds: int

  @description('Required. Minutes that a job may queue.')
  @minValue(1)
  queueMinutes: int

  @description('Required. Minutes that a job may run.')
  @minValue(1)
  runMinutes: int

  @description('Required. Seconds between the first looks at a job.')
  @minValue(1)
  pollSeconds: int

  @description('Required. Most seconds between two looks.')
  @minValue(1)
  pollSecondsMost: int

  @description('Required. How often a job is submitted that fails by no fault of its own.')
  @minValue(1)
  jobAttempts: int
}

@export()
@description('Names of what belongs to the Azure Machine Learning workspace.')
type MachineLearningNames = {
  @description('Required. Workspace.')
  workspace: string

  @description('Required. Registry.')
  registry: string

  @description('Required. Cluster for training and scoring.')
  cpu: string

  @description('Required. Cluster for neural networks.')
  gpu: string
}

@export()
@description('Identities of the Azure Machine Learning workspace.')
type MachineLearningIdentities = {
  @description('Required. The workspace itself.')
  workspace: Identity

  @description('Required. Jobs on the clusters.')
  training: Identity
}

@export()
@description('Beyond what somebody is told.')
type AlertLimits = {
  @description('Required. MAPE of a slot on its held-out weeks, in percent.')
  @minValue(1)
  mapePercent: int

  @description('Required. Share of the rows of a source that are rejected in a day, in percent.')
  @minValue(1)
  rejectedPercent: int

  @description('Required. Share of the forecasts of a cell that are held back in a day, in percent.')
  @minValue(0)
  heldBackPercent: int

  @description('Required. Failed calls of one function in an hour.')
  @minValue(0)
  failedCalls: int

  @description('Required. Days since the last week that runs know has ended.')
  @minValue(7)
  weekAgeDays: int
}

@export()
@description('How callers of the app sign in with Entra ID.')
type SignIn = {
  @description('Required. Client id of the application that stands for the app in Entra ID.')
  clientId: string

  @description('Required. Role of that application that callers need.')
  role: string
}
