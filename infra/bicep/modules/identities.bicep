metadata description = 'One user-assigned identity per purpose, so that each has only the rights that its purpose needs.'

import { FederatedCredential, Identities, IdentityNames, Principals, Tags } from '../types.bicep'

@description('Required. Azure region.')
param location string

@description('Required. Tags.')
param tags Tags

@description('Required. Names of the identities.')
param names IdentityNames

@description('Required. Pipelines that may sign in as the deployer, without a secret.')
param deployers FederatedCredential[]

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.app
  location: location
  tags: tags
}

resource training 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.training
  location: location
  tags: tags
}

resource workspace 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.workspace
  location: location
  tags: tags
}

resource factory 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.factory
  location: location
  tags: tags
}

resource events 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.events
  location: location
  tags: tags
}

resource deployer 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.deployer
  location: location
  tags: tags
}

// One after the other: two credentials of one identity that are written at the same time are refused.
@batchSize(1)
resource credentials 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = [
  for credential in deployers: {
    parent: deployer
    name: credential.name
    properties: {
      issuer: credential.issuer
      subject: credential.subject
      audiences: ['api://AzureADTokenExchange']
    }
  }
]

@description('All identities.')
output identities Identities = {
  app: {
    id: app.id
    clientId: app.properties.clientId
    principalId: app.properties.principalId
  }
  training: {
    id: training.id
    clientId: training.properties.clientId
    principalId: training.properties.principalId
  }
  workspace: {
    id: workspace.id
    clientId: workspace.properties.clientId
    principalId: workspace.properties.principalId
  }
  factory: {
    id: factory.id
    clientId: factory.properties.clientId
    principalId: factory.properties.principalId
  }
  events: {
    id: events.id
    clientId: events.properties.clientId
    principalId: events.properties.principalId
  }
  deployer: {
    id: deployer.id
    clientId: deployer.properties.clientId
    principalId: deployer.properties.principalId
  }
}

@description('Object ids of all identities, for the role map.')
output principals Principals = {
  app: app.properties.principalId
  training: training.properties.principalId
  workspace: workspace.properties.principalId
  factory: factory.properties.principalId
  events: events.properties.principalId
  deployer: deployer.properties.principalId
}
