metadata description = 'Lets Entra ID sign in the callers of the Function app, so that the app can ask for a role. Function keys are needed as before.'

@description('Required. Name of the Function app.')
param functionAppName string

@description('Required. Client id of the application that stands for the app in Entra ID.')
param clientId string

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
    }
    // Event Grid comes without a token, but with a key of its own; the app refuses whoever lacks the role.
    globalValidation: {
      requireAuthentication: false
      unauthenticatedClientAction: 'AllowAnonymous'
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: clientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: ['api://${clientId}', clientId]
        }
      }
    }
    login: {
      tokenStore: {
        enabled: false
      }
    }
  }
}
