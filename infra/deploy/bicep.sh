#!/usr/bin/env bash
# Compiles and lints every template and parameter file with the real compiler. Needs az, signed in or not.
#
# Usage: bicep.sh
set -euo pipefail
# shellcheck source=infra/deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  show_help
  exit 0
fi
[[ $# -eq 0 ]] || wrong_use "'$1' is not understood."
cd "$ROOT"
need az "Install the Azure CLI, or run this in Azure Cloud Shell."

export_versions
# main.bicep brings its modules with it; the other is deployed on its own.
for file in "$BICEP/main.bicep" "$BICEP/modules/function_key.bicep"; do
  az bicep build --file "$file" --stdout >/dev/null
  az bicep lint --file "$file"
done
for file in "$BICEP"/*.bicepparam; do
  az bicep build-params --file "$file" --stdout >/dev/null
done
say "All of $BICEP compiles."
