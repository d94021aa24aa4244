# What the scripts of this folder share: arguments, environments, who may deploy to prod, what a deployment has told.
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
BICEP="infra/bicep"

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$(basename "$0"): $*"
  exit 1
}

wrong_use() {
  say "$(basename "$0"): $*"
  say "Its use: $(basename "$0") --help"
  exit 2
}

# The comment at the head of a script is its help.
show_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p;}' "$0"; }

# Takes the environment from the first argument; the others are left in REST.
begin() {
  local argument
  for argument in "$@"; do
    if [[ $argument == --help || $argument == -h ]]; then
      show_help
      exit 0
    fi
  done
  [[ $# -gt 0 ]] || wrong_use "give the environment, dev or prod, as the first argument."
  ENVIRONMENT="$1"
  shift
  REST=("$@")
  [[ $ENVIRONMENT == dev || $ENVIRONMENT == prod ]] ||
    wrong_use "'$ENVIRONMENT' is no environment. Give dev or prod as the first argument."
  cd "$ROOT" || exit
  PARAMETERS="$BICEP/$ENVIRONMENT.bicepparam"
  DEPLOYMENT="shelfcast-$ENVIRONMENT"
  refuse_prod_from_other_branches
  need az "Install the Azure CLI, or run this in Azure Cloud Shell."
  az account show --output none 2>/dev/null || fail "nobody is signed in. Sign in first: az login"
}

no_more_arguments() {
  [[ ${#REST[@]} -eq 0 ]] || wrong_use "'${REST[0]}' is not understood."
}

need() {
  command -v "$1" >/dev/null || fail "$1 is missing. $2"
}

branch() {
  local name="${BUILD_SOURCEBRANCH:-${GITHUB_REF:-}}"
  [[ -n $name ]] || name="$(git rev-parse --abbrev-ref HEAD 2>/dev/null || echo unknown)"
  echo "${name#refs/heads/}"
}

refuse_prod_from_other_branches() {
  local here
  [[ $ENVIRONMENT == prod ]] || return 0
  here="$(branch)"
  [[ $here == release/* ]] ||
    fail "prod is deployed from release branches only, and this is '$here'. Merge into release/MAJOR.MINOR and run it there."
}

# What belongs to a subscription, and has no default that could be right.
require_subscription_settings() {
  local name missing=()
  for name in SHELFCAST_SQL_ADMIN_NAME SHELFCAST_SQL_ADMIN_ID SHELFCAST_ALERT_EMAILS; do
    [[ -n ${!name:-} ]] || missing+=("$name")
  done
  [[ ${#missing[@]} -eq 0 ]] || fail "set ${missing[*]}: what they are is in docs/deploy.md."
}

location() { echo "${SHELFCAST_LOCATION:-eastus2}"; }

# The training image is named by what it is made of, so that an unchanged one is found and not built again.
environment_version() {
  (cd training/environment && sha256sum Dockerfile requirements.txt) | sha256sum | cut -c 1-12
}

export_versions() {
  SHELFCAST_ENVIRONMENT_VERSION="$(environment_version)"
  export SHELFCAST_ENVIRONMENT_VERSION
}

# In a pipeline, whoever approved the stage has been asked.
in_pipeline() { [[ -n ${TF_BUILD:-}${GITHUB_ACTIONS:-} ]]; }

confirm() {
  local answer
  printf '%s ' "$1" >&2
  read -r answer || fail "nobody is here to answer. Give --yes to go on without being asked."
  [[ $answer == "$2" ]] || fail "not confirmed, nothing was done."
}

what_if() {
  az deployment sub what-if --name "$DEPLOYMENT" --location "$(location)" --parameters "$PARAMETERS" \
    --exclude-change-types Ignore NoChange Unsupported
}

# Data Factory refuses a new definition of a trigger that runs, so those that run stand still meanwhile.
create() {
  local running=() name
  if OUTPUTS="$(az deployment sub show --name "$DEPLOYMENT" --query properties.outputs --output json 2>/dev/null)"; then
    RESOURCE_GROUP="$(output RESOURCE_GROUP)"
    DATA_FACTORY_NAME="$(output DATA_FACTORY_NAME)"
    [[ -z $DATA_FACTORY_NAME ]] || mapfile -t running < <(running_triggers)
  fi
  for name in ${running[@]+"${running[@]}"}; do set_trigger "$name" stop Stopped; done
  az deployment sub create --name "$DEPLOYMENT" --location "$(location)" --parameters "$PARAMETERS" \
    --output none --only-show-errors || fail "the deployment failed${running[*]:+; these triggers are stopped: ${running[*]}}. New rights take minutes to be known everywhere: if it was the first one and something was forbidden, run it again."
  for name in ${running[@]+"${running[@]}"}; do set_trigger "$name" start Started; done
}

triggers_address() {
  local subscription
  subscription="$(az account show --query id --output tsv)"
  echo "/subscriptions/$subscription/resourceGroups/$RESOURCE_GROUP/providers/Microsoft.DataFactory/factories/$DATA_FACTORY_NAME/triggers"
}

# Name and state of each trigger of the factory.
trigger_states() {
  az rest --method get --url "$(triggers_address)?api-version=2018-06-01" \
    --query 'value[].[name, properties.runtimeState]' --output tsv
}

running_triggers() { trigger_states | awk '$2 == "Started" { print $1 }'; }

# Starts or stops a trigger and waits until it has: set_trigger weekly start Started
set_trigger() {
  local name="$1" word="$2" state="$3" try
  az rest --method post --url "$(triggers_address)/$name/$word?api-version=2018-06-01" --output none
  for ((try = 1; try <= 30; try++)); do
    trigger_states | grep --quiet --line-regexp "$name"$'\t'"$state" && return 0
    sleep "${SHELFCAST_WAIT_SECONDS:-10}"
  done
  fail "the trigger $name of $DATA_FACTORY_NAME does not $word. Look at it in Data Factory Studio, under Manage, Triggers."
}

# Reads all outputs of the environment's deployment once. Azure changes the case of their names now and then.
read_outputs() {
  OUTPUTS="$(az deployment sub show --name "$DEPLOYMENT" --query properties.outputs --output json)" ||
    fail "$ENVIRONMENT has not been deployed yet. Deploy it first: infra/deploy/deploy.sh $ENVIRONMENT"
}

# Prints the outputs of these names, a line each.
output() {
  python3 -S -E -c '
import json, sys
found = {name.lower(): entry["value"] for name, entry in json.loads(sys.argv[1] or "{}").items()}
for name in sys.argv[2:]:
    print(found.get(name.lower(), ""))
' "$OUTPUTS" "$@"
}

# Address of the registry in which images are built and tested. SHELFCAST_DEV_REGISTRY names it if it is in another
# subscription than prod.
registry_of_dev() {
  local found="${SHELFCAST_DEV_REGISTRY:-}"
  if [[ -z $found ]]; then
    OUTPUTS="$(az deployment sub show --name shelfcast-dev --query properties.outputs --output json)" ||
      fail "dev is not in this subscription. Set SHELFCAST_DEV_REGISTRY to the address of its Container Registry."
    found="$(output CONTAINER_REGISTRY)"
  fi
  echo "$found"
}

# Sets a variable per output; fails where one is missing.
take_outputs() {
  local name values
  read_outputs
  mapfile -t values < <(output "$@")
  for name in "$@"; do
    [[ -n ${values[0]:-} ]] || fail "the deployment of $ENVIRONMENT tells no $name. Deploy again: infra/deploy/deploy.sh $ENVIRONMENT"
    printf -v "$name" '%s' "${values[0]}"
    values=("${values[@]:1}")
  done
}

show_outputs() {
  read_outputs
  python3 -c '
import json, sys
for name, entry in sorted(json.loads(sys.argv[1] or "{}").items()):
    print(name, entry["value"], sep="=")
' "$OUTPUTS"
}
