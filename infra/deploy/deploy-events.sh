#!/usr/bin/env bash
# Second phase, after the code: subscribes the functions to the events of the lake and the workspace, and puts the
# function key into the Key Vault for Data Factory. Running it again changes nothing.
#
# Usage: deploy-events.sh ENVIRONMENT
#
#   ENVIRONMENT   dev or prod; prod from a branch release/* only
#
# Takes the same variables as deploy.sh.
set -euo pipefail
# shellcheck source=infra/deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
begin "$@"
no_more_arguments
require_subscription_settings
export_versions
take_outputs RESOURCE_GROUP FUNCTION_APP_NAME

# Through the environment: it is in no argument, file or output, and the template takes it as @secure().
SHELFCAST_BLOBS_EXTENSION_KEY="$(az functionapp keys list --resource-group "$RESOURCE_GROUP" --name "$FUNCTION_APP_NAME" \
  --query systemKeys.blobs_extension --output tsv)"
[[ -n $SHELFCAST_BLOBS_EXTENSION_KEY && $SHELFCAST_BLOBS_EXTENSION_KEY != None ]] ||
  fail "$FUNCTION_APP_NAME has no blobs_extension key yet. It makes one when its code runs: infra/deploy/deploy-app.sh $ENVIRONMENT"
export SHELFCAST_BLOBS_EXTENSION_KEY
export SHELFCAST_EVENT_SUBSCRIPTIONS=true

say "Subscribing the functions of $FUNCTION_APP_NAME to their events ..."
create
say "Done: files that arrive in raw/ are conditioned, and Data Factory can call the app."
