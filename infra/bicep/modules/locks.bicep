metadata description = 'Keeps what holds data from being deleted: the lake, the ledger, the vault.'

@description('Required. Name of the lake.')
param lakeName string

@description('Required. Name of the SQL server.')
param sqlServerName string

@description('Required. Name of the Key Vault.')
param vaultName string

// Not on the resource group: there a lock also keeps clusters from giving back nodes and old deployments from making room.
var level = 'CanNotDelete'
var notes = 'Holds data. To take the environment down on purpose: infra/deploy/teardown.sh takes the lock away first.'

resource lake 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: lakeName
}

resource sqlServer 'Microsoft.Sql/servers@2025-01-01' existing = {
  name: sqlServerName
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: vaultName
}

resource keepLake 'Microsoft.Authorization/locks@2020-05-01' = {
  scope: lake
  name: 'keep'
  properties: { level: level, notes: notes }
}

resource keepLedger 'Microsoft.Authorization/locks@2020-05-01' = {
  scope: sqlServer
  name: 'keep'
  properties: { level: level, notes: notes }
}

resource keepVault 'Microsoft.Authorization/locks@2020-05-01' = {
  scope: vault
  name: 'keep'
  properties: { level: level, notes: notes }
}
