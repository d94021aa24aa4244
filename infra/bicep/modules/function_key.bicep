metadata description = 'Puts the key of the Function app into the Key Vault, for Data Factory. The key never leaves Azure.'

@description('Required. Name of the Function app. Its code has to be deployed.')
param functionAppName string

@description('Required. Name of the Key Vault.')
param vaultName string

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: vaultName
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2026-02-01' = {
  parent: vault
  name: 'function-app-key'
  properties: {
    contentType: 'Key of all functions of ${functionAppName}'
    value: listKeys('${app.id}/host/default', app.apiVersion).functionKeys.default
    attributes: { enabled: true }
  }
}

@description('Name of the secret.')
output name string = secret.name
