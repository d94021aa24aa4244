#!/usr/bin/env bash
# Starts or stops the triggers of Data Factory, which are deployed stopped. The app has a weekly timer of its own, and
# conditions arriving files by itself: start a trigger only where Data Factory is to do that work.
#
# Usage: triggers.sh ENVIRONMENT list
#        triggers.sh ENVIRONMENT start NAME...
#        triggers.sh ENVIRONMENT stop [NAME...]
#
#   ENVIRONMENT   dev or prod; prod from a branch release/* only
#   NAME          weekly or on_arrival; stop without a name stops all that run
#
# The first start also approves the private endpoints through which the factory reaches the app and the vault.
set -euo pipefail
# shellcheck source=infra/deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
begin "$@"

WORD="${REST[0]:-}"
NAMES=("${REST[@]:1}")
case "$WORD" in
  list) [[ ${#NAMES[@]} -eq 0 ]] || wrong_use "list takes no name." ;;
  start) [[ ${#NAMES[@]} -gt 0 ]] || wrong_use "start takes the names of triggers: weekly, on_arrival." ;;
  stop) ;;
  "") wrong_use "say list, start or stop after the environment." ;;
  *) wrong_use "'$WORD' is not understood: say list, start or stop after the environment." ;;
esac
for name in ${NAMES[@]+"${NAMES[@]}"}; do
  [[ -f infra/adf/triggers/$name.json ]] || wrong_use "there is no trigger '$name'; infra/adf/triggers has them all."
done
take_outputs RESOURCE_GROUP DATA_FACTORY_NAME FUNCTION_APP_ID KEY_VAULT_ID

approve() {
  local pending
  pending="$(az network private-endpoint-connection list --id "$1" \
    --query "[?properties.privateLinkServiceConnectionState.status=='Pending'].id" --output tsv)"
  while read -r connection; do
    [[ -z $connection ]] ||
      az network private-endpoint-connection approve --id "$connection" --description 'Data Factory' --output none
  done <<<"$pending"
}

case "$WORD" in
  list) trigger_states ;;
  start)
    approve "$FUNCTION_APP_ID"
    approve "$KEY_VAULT_ID"
    for name in "${NAMES[@]}"; do set_trigger "$name" start Started; done
    say "$DATA_FACTORY_NAME: ${NAMES[*]} started."
    ;;
  stop)
    [[ ${#NAMES[@]} -gt 0 ]] || mapfile -t NAMES < <(running_triggers)
    for name in ${NAMES[@]+"${NAMES[@]}"}; do set_trigger "$name" stop Stopped; done
    say "$DATA_FACTORY_NAME: ${NAMES[*]:-none} stopped."
    ;;
esac
