#!/usr/bin/env bash
# Takes an environment down: its locks, its resource group and all data in it. Says what Azure keeps, and how to purge it.
#
# Usage: teardown.sh ENVIRONMENT [--yes] [--purge]
#
#   ENVIRONMENT   dev or prod; prod from a branch release/* only
#   --yes         do not ask
#   --purge       delete the workspace for good, instead of leaving it to be recovered for 14 days
set -euo pipefail
# shellcheck source=infra/deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
begin "$@"

ASK=yes
PURGE=no
for argument in ${REST[@]+"${REST[@]}"}; do
  case "$argument" in
    --yes) ASK=no ;;
    --purge) PURGE=yes ;;
    *) wrong_use "'$argument' is not understood." ;;
  esac
done
take_outputs RESOURCE_GROUP KEY_VAULT_NAME AZURE_ML_WORKSPACE LAKE_NAME DEPLOYER_IDENTITY

say "This deletes $RESOURCE_GROUP with the lake $LAKE_NAME, the ledger, all models and all forecasts of $ENVIRONMENT."
[[ $ASK == no ]] || confirm "Type the name of the resource group to go on:" "$RESOURCE_GROUP"

LOCKS="$(az lock list --resource-group "$RESOURCE_GROUP" --query '[].id' --output tsv)"
while read -r lock; do
  [[ -z $lock ]] || az lock delete --ids "$lock" --output none
done <<<"$LOCKS"

# Rights outside of the resource group would stay behind, given to nobody.
PRINCIPAL="$(az identity show --resource-group "$RESOURCE_GROUP" --name "$DEPLOYER_IDENTITY" --query principalId --output tsv)"
az role assignment delete --assignee "$PRINCIPAL" --scope "/subscriptions/$(az account show --query id --output tsv)" --output none

# A workspace that is only deleted comes back, empty of its resources, with the next deployment of its name.
if [[ $PURGE == yes ]]; then
  az ml workspace delete --name "$AZURE_ML_WORKSPACE" --resource-group "$RESOURCE_GROUP" --permanently-delete --yes --output none
fi

# The container of the audit cannot go while its entries have to stay; a policy that was locked keeps the account.
ETAG="$(az storage container immutability-policy show --account-name "$LAKE_NAME" --container-name audit \
  --resource-group "$RESOURCE_GROUP" --query etag --output tsv)"
if [[ -n $ETAG ]]; then
  az storage container immutability-policy delete --account-name "$LAKE_NAME" --container-name audit \
    --resource-group "$RESOURCE_GROUP" --if-match "$ETAG" --output none
fi

say "Deleting $RESOURCE_GROUP ..."
az group delete --name "$RESOURCE_GROUP" --yes --output none
az deployment sub delete --name "$DEPLOYMENT" --output none

say "$RESOURCE_GROUP is gone. Azure keeps some of it:"
say "  Key Vault $KEY_VAULT_NAME: for 90 days, and nobody can purge it before. To deploy $ENVIRONMENT again within them:"
say "    az group create --name $RESOURCE_GROUP --location $(location) && az keyvault recover --name $KEY_VAULT_NAME --resource-group $RESOURCE_GROUP"
if [[ $PURGE == no ]]; then
  say "  Workspace $AZURE_ML_WORKSPACE: for 14 days. Purge it in the portal under Azure Machine Learning, Recently deleted, before you deploy again."
fi
say "  Log Analytics: for 14 days; the next deployment brings it back with its logs."
