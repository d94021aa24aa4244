#!/usr/bin/env bash
# Lets the Function app's identity into the ledger: reads, writes, and makes its tables. Running it again changes nothing.
# Whoever runs it is a member of the group that administers the SQL server. Where the network is private, run it inside.
#
# Usage: grant-sql.sh ENVIRONMENT [--from ADDRESS]
#
#   ENVIRONMENT      dev or prod; prod from a branch release/* only
#   --from ADDRESS   your public address, which the server admits while this runs (dev only)
set -euo pipefail
# shellcheck source=infra/deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
begin "$@"

ADDRESS=
case "${REST[0]:-}" in
  "") ;;
  --from)
    [[ ${#REST[@]} -eq 2 ]] || wrong_use "--from takes an address."
    [[ $ENVIRONMENT == dev ]] || fail "the server of prod has no public access. Run this on a machine inside its network."
    ADDRESS="${REST[1]}"
    ;;
  *) wrong_use "'${REST[0]}' is not understood." ;;
esac
need sqlcmd "Install go-sqlcmd: https://aka.ms/go-sqlcmd"
take_outputs RESOURCE_GROUP FUNCTION_APP_IDENTITY SQL_SERVER SQL_DATABASE

CLIENT_ID="$(az identity show --resource-group "$RESOURCE_GROUP" --name "$FUNCTION_APP_IDENTITY" --query clientId --output tsv)"
SERVER_NAME="${SQL_SERVER%%.*}"
RULE=grant-sql
if [[ -n $ADDRESS ]]; then
  trap 'az sql server firewall-rule delete --resource-group "$RESOURCE_GROUP" --server "$SERVER_NAME" --name "$RULE" --output none' EXIT
  az sql server firewall-rule create --resource-group "$RESOURCE_GROUP" --server "$SERVER_NAME" --name "$RULE" \
    --start-ip-address "$ADDRESS" --end-ip-address "$ADDRESS" --output none
fi

# A paused database takes about a minute to wake up; the first sign-in of the day waits for it.
sqlcmd -S "$SQL_SERVER" -d "$SQL_DATABASE" --authentication-method ActiveDirectoryDefault -b -l 120 \
  -v "name=$FUNCTION_APP_IDENTITY" "client_id=$CLIENT_ID" -i infra/deploy/grant_app.sql
say "$FUNCTION_APP_IDENTITY may read, write and make tables in $SQL_DATABASE on $SQL_SERVER."
