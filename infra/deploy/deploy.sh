#!/usr/bin/env bash
# Deploys the infrastructure of an environment: shows what will change, asks, deploys, prints the outputs.
# Running it again changes nothing that has not changed in infra/bicep.
#
# Usage: deploy.sh ENVIRONMENT [--yes]
#
#   ENVIRONMENT   dev or prod; prod from a branch release/* only
#   --yes         do not ask; in a pipeline nobody is asked, as its stage was approved
#
# What belongs to the subscription comes from the environment:
#   SHELFCAST_SQL_ADMIN_NAME, SHELFCAST_SQL_ADMIN_ID   Entra group that administers the SQL server: name, object id
#   SHELFCAST_ALERT_EMAILS                             whom alerts and the budget write to, separated by commas
#   SHELFCAST_LOCATION                                 region (eastus2)
#   SHELFCAST_OWNER, SHELFCAST_COST_CENTER             tags (forecasting)
#   SHELFCAST_BUDGET_START                             first day of the budget, such as 2026-12-01; never change it later
#   SHELFCAST_GITHUB_REPOSITORY                        owner/name, if GitHub Actions deploy
#   SHELFCAST_DEVOPS_ISSUER, SHELFCAST_DEVOPS_SUBJECT  of the service connection, if Azure Pipelines deploy
set -euo pipefail
# shellcheck source=infra/deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
begin "$@"

ASK=yes
for argument in ${REST[@]+"${REST[@]}"}; do
  case "$argument" in
    --yes) ASK=no ;;
    *) wrong_use "'$argument' is not understood." ;;
  esac
done
if in_pipeline; then ASK=no; fi
require_subscription_settings
export_versions

if [[ $ASK == yes ]]; then
  what_if
  confirm "Deploy this to $ENVIRONMENT? Type $ENVIRONMENT to go on:" "$ENVIRONMENT"
else
  what_if >&2
fi
say "Deploying $ENVIRONMENT. The first time takes about half an hour ..."
create
show_outputs
