#!/usr/bin/env bash
# Deploys the packaged code to the Function app, and waits until all of its functions are listed.
#
# Usage: deploy-app.sh ENVIRONMENT [--package FILE]
#
#   ENVIRONMENT      dev or prod; prod from a branch release/* only
#   --package FILE   package (build/package/functions.zip)
set -euo pipefail
# shellcheck source=infra/deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
begin "$@"

PACKAGE=build/package/functions.zip
case "${REST[0]:-}" in
  "") ;;
  --package)
    [[ ${#REST[@]} -eq 2 ]] || wrong_use "--package takes a file."
    PACKAGE="${REST[1]}"
    ;;
  *) wrong_use "'${REST[0]}' is not understood." ;;
esac
[[ -s $PACKAGE ]] || fail "there is no package at $PACKAGE. Make it first: make package"

WAIT_SECONDS="${SHELFCAST_WAIT_SECONDS:-10}"
TRIES="${SHELFCAST_TRIES:-60}"

take_outputs RESOURCE_GROUP FUNCTION_APP_NAME

expected() {
  python3 -c 'import json; print(*sorted(json.load(open("tests/conformance/functions.json"))), sep="\n")'
}

listed() {
  az functionapp function list --resource-group "$RESOURCE_GROUP" --name "$FUNCTION_APP_NAME" \
    --query '[].name' --output tsv | sed 's|.*/||' | sort
}

say "Deploying $PACKAGE to $FUNCTION_APP_NAME; its libraries are installed there ..."
az functionapp deployment source config-zip --resource-group "$RESOURCE_GROUP" --name "$FUNCTION_APP_NAME" \
  --src "$PACKAGE" --build-remote true --output none --only-show-errors

for ((try = 1; try <= TRIES; try++)); do
  MISSING="$(comm -23 <(expected | sort) <(listed))"
  if [[ -z $MISSING ]]; then
    say "$FUNCTION_APP_NAME lists all of its $(expected | wc -l) functions."
    exit 0
  fi
  sleep "$WAIT_SECONDS"
done
fail "$FUNCTION_APP_NAME does not list $(tr '\n' ' ' <<<"$MISSING"). An import that fails empties the whole app: look into its log stream."
