#!/usr/bin/env bash
# Lets the pipelines of an environment deploy at the scope of the subscription: deployments and resource groups, no more.
# Those of prod may also read the images of dev, so that what was tested there is what runs.
# An owner of the subscription runs it once, after the first deployment. Running it again changes nothing.
#
# Usage: grant-deployer.sh ENVIRONMENT
#
#   ENVIRONMENT   dev or prod; prod from a branch release/* only
#
# If dev and prod are in two subscriptions, SHELFCAST_DEV_REGISTRY is the address of dev's Container Registry, for prod.
set -euo pipefail
# shellcheck source=infra/deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
begin "$@"
no_more_arguments
take_outputs RESOURCE_GROUP DEPLOYER_IDENTITY

ROLE='Shelfcast deployment operator'
SCOPE="/subscriptions/$(az account show --query id --output tsv)"
PRINCIPAL="$(az identity show --resource-group "$RESOURCE_GROUP" --name "$DEPLOYER_IDENTITY" --query principalId --output tsv)"

if [[ -z "$(az role definition list --name "$ROLE" --scope "$SCOPE" --query '[].name' --output tsv)" ]]; then
  az role definition create --output none --role-definition "{
    \"Name\": \"$ROLE\",
    \"Description\": \"Deploys templates at the scope of the subscription and makes resource groups.\",
    \"Actions\": [
      \"Microsoft.Resources/deployments/*\",
      \"Microsoft.Resources/subscriptions/read\",
      \"Microsoft.Resources/subscriptions/resourceGroups/read\",
      \"Microsoft.Resources/subscriptions/resourceGroups/write\"
    ],
    \"AssignableScopes\": [\"$SCOPE\"]
  }"
fi
az role assignment create --assignee-object-id "$PRINCIPAL" --assignee-principal-type ServicePrincipal \
  --role "$ROLE" --scope "$SCOPE" --output none
if [[ $ENVIRONMENT == prod ]]; then
  TESTED="$(registry_of_dev)"
  IMAGES="$(az acr show --name "${TESTED%%.*}" --query id --output tsv)"
  az role assignment create --assignee-object-id "$PRINCIPAL" --assignee-principal-type ServicePrincipal \
    --role AcrPull --scope "$IMAGES" --output none
fi
say "$DEPLOYER_IDENTITY may deploy $ENVIRONMENT."
