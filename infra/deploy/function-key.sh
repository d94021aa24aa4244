#!/usr/bin/env bash
# Puts the key of the Function app into the Key Vault again, after it was renewed. Azure copies it; nobody sees it.
#
# Usage: function-key.sh ENVIRONMENT [--renew]
#
#   ENVIRONMENT   dev or prod; prod from a branch release/* only
#   --renew       make a new key first; callers with the old one are refused from then on
set -euo pipefail
# shellcheck source=infra/deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
begin "$@"

RENEW=no
for argument in ${REST[@]+"${REST[@]}"}; do
  case "$argument" in
    --renew) RENEW=yes ;;
    *) wrong_use "'$argument' is not understood." ;;
  esac
done
take_outputs RESOURCE_GROUP FUNCTION_APP_NAME KEY_VAULT_NAME

if [[ $RENEW == yes ]]; then
  az functionapp keys set --resource-group "$RESOURCE_GROUP" --name "$FUNCTION_APP_NAME" \
    --key-type functionKeys --key-name default --output none
fi
az deployment group create --resource-group "$RESOURCE_GROUP" --name "function-key-$ENVIRONMENT" \
  --template-file "$BICEP/modules/function_key.bicep" \
  --parameters "functionAppName=$FUNCTION_APP_NAME" "vaultName=$KEY_VAULT_NAME" --output none --only-show-errors
say "$KEY_VAULT_NAME holds the key of $FUNCTION_APP_NAME as function-app-key."
