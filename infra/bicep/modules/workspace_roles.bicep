metadata description = 'Makes the role assignments of the role map on the workspace, which is there only after the other ones.'

import { roleIds } from '../role_map.bicep'
import { Grant, Principals } from '../types.bicep'

@description('Required. Lines of the role map.')
param grants Grant[]

@description('Required. Object ids of the identities.')
param principals Principals

@description('Required. Name of the workspace.')
param workspaceName string

resource workspace 'Microsoft.MachineLearningServices/workspaces@2026-05-01' existing = {
  name: workspaceName
}

resource workspaceRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in grants: {
    name: guid(workspace.id, principals[grant.identity], roleIds[grant.role])
    scope: workspace
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.identity]
      principalType: 'ServicePrincipal'
      description: grant.because
    }
  }
]
