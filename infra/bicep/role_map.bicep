metadata description = 'Who may do what, and why: the only place where rights are given.'

@description('The role map. Rights on storage, queues and jobs go to identities of one purpose each, on the narrowest scope there is.')
@export()
var roleMap = [
  {
    identity: 'app'
    role: 'Storage Blob Data Contributor'
    scope: 'lake'
    because: 'reads raw files and writes all other zones'
  }
  {
    identity: 'app'
    role: 'Storage Queue Data Contributor'
    scope: 'lake'
    because: 'the blob trigger puts a file that it gave up into a queue of the account that the file lies in'
  }
  {
    identity: 'app'
    role: 'Storage Blob Data Owner'
    scope: 'hostStorage'
    because: 'the host keeps its package, locks and the receipts of blob triggers there'
  }
  {
    identity: 'app'
    role: 'Storage Queue Data Contributor'
    scope: 'hostStorage'
    because: 'orchestrations and blob triggers pass their messages there'
  }
  {
    identity: 'app'
    role: 'Storage Table Data Contributor'
    scope: 'hostStorage'
    because: 'orchestrations keep their history there'
  }
  {
    identity: 'app'
    role: 'Storage Blob Data Contributor'
    scope: 'workspaceStorage'
    because: 'uploads the code of a job before it submits the job'
  }
  {
    identity: 'app'
    role: 'AzureML Data Scientist'
    scope: 'workspace'
    because: 'submits, watches and cancels jobs, registers models and data'
  }
  {
    identity: 'app'
    role: 'Monitoring Metrics Publisher'
    scope: 'insights'
    because: 'sends traces, metrics and logs'
  }
  {
    identity: 'training'
    role: 'Storage Blob Data Reader'
    scope: 'zone'
    zone: 'conditioned'
    because: 'jobs read the data sets'
  }
  {
    identity: 'training'
    role: 'Storage Blob Data Contributor'
    scope: 'zone'
    zone: 'work'
    because: 'jobs read what the app has laid out for them, and write their results'
  }
  {
    identity: 'training'
    role: 'Storage Blob Data Contributor'
    scope: 'workspaceStorage'
    because: 'nodes download the code of a job and upload its logs'
  }
  {
    identity: 'training'
    role: 'AcrPull'
    scope: 'registry'
    because: 'nodes pull the image that a job runs in'
  }
  {
    identity: 'workspace'
    role: 'Contributor'
    scope: 'workspace'
    because: 'Azure Machine Learning asks it of a workspace with an identity of its own'
  }
  {
    identity: 'workspace'
    role: 'Contributor'
    scope: 'workspaceStorage'
    because: 'makes the containers and shares of the workspace'
  }
  {
    identity: 'workspace'
    role: 'Storage Blob Data Contributor'
    scope: 'workspaceStorage'
    because: 'stores code, outputs and logs without a key'
  }
  {
    identity: 'workspace'
    role: 'Storage File Data Privileged Contributor'
    scope: 'workspaceStorage'
    because: 'serves the file share of the workspace without a key'
  }
  {
    identity: 'workspace'
    role: 'Contributor'
    scope: 'vault'
    because: 'Azure Machine Learning asks it of a workspace with an identity of its own'
  }
  {
    identity: 'workspace'
    role: 'Key Vault Administrator'
    scope: 'vault'
    because: 'keeps the secrets of the workspace there'
  }
  {
    identity: 'workspace'
    role: 'Contributor'
    scope: 'registry'
    because: 'builds the images that jobs run in'
  }
  {
    identity: 'workspace'
    role: 'Contributor'
    scope: 'insights'
    because: 'Azure Machine Learning asks it of a workspace with an identity of its own'
  }
  {
    identity: 'workspace'
    role: 'Azure AI Enterprise Network Connection Approver'
    scope: 'lake'
    onlyPrivate: true
    because: 'leads a private endpoint from the network of the clusters to the lake'
  }
  {
    identity: 'factory'
    role: 'Key Vault Secrets User'
    scope: 'vault'
    because: 'reads the function key'
  }
  {
    identity: 'events'
    role: 'Storage Blob Data Contributor'
    scope: 'zone'
    zone: 'dead-letters'
    because: 'stores events that it could not deliver'
  }
  {
    identity: 'deployer'
    role: 'Contributor'
    scope: 'resourceGroup'
    because: 'deploys infrastructure and code'
  }
  {
    identity: 'deployer'
    role: 'Role Based Access Control Administrator'
    scope: 'resourceGroup'
    because: 'deploys this map; a condition keeps it to the roles in here'
  }
  {
    identity: 'deployer'
    role: 'Storage Blob Data Contributor'
    scope: 'lake'
    because: 'validates with real data, promotes models and takes them back'
  }
  {
    identity: 'deployer'
    role: 'Storage Blob Data Contributor'
    scope: 'workspaceStorage'
    because: 'uploads components and the environment of the jobs'
  }
  {
    identity: 'deployer'
    role: 'AzureML Data Scientist'
    scope: 'workspace'
    because: 'runs the validation jobs, registers models and tags them'
  }
]

@description('Ids of the built-in roles that the map names.')
@export()
var roleIds = {
  AcrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d'
  'Azure AI Enterprise Network Connection Approver': 'b556d68e-0be0-4f35-a333-ad7ee1ce17ea'
  'AzureML Data Scientist': 'f6c7c914-8db3-469d-8ca1-694a8f32e121'
  Contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c'
  'Key Vault Administrator': '00482a5a-887f-4fb3-b363-3b7fe8e74483'
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6'
  'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb'
  'Role Based Access Control Administrator': 'f58310d9-a9f6-439a-9e8d-f62e7b41a168'
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Blob Data Reader': '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  'Storage File Data Privileged Contributor': '69566ab7-960f-475b-8e7c-b3118f30c6bd'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}
