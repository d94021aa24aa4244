#!/usr/bin/env bash
# Shows what a deployment would change. Nothing is changed.
#
# Usage: what-if.sh ENVIRONMENT
#
#   ENVIRONMENT   dev or prod; prod from a branch release/* only
set -euo pipefail
# shellcheck source=infra/deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
begin "$@"
no_more_arguments
require_subscription_settings
export_versions

what_if
