#!/usr/bin/env bash
# Goes back to an earlier version of the code. The package is made from its commit again, byte by byte, or taken as given.
# What has been deployed to a ledger or the lake stays; code of the previous version reads it.
#
# Usage: rollback-app.sh ENVIRONMENT [--to COMMIT | --package FILE]
#
#   ENVIRONMENT      dev or prod; prod from a branch release/* only
#   --to COMMIT      commit or tag (the commit before the newest one on this branch)
#   --package FILE   package that a pipeline has kept
set -euo pipefail
# shellcheck source=infra/deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
begin "$@"

COMMIT='HEAD^1'
PACKAGE=
case "${REST[0]:-}" in
  "") ;;
  --to)
    [[ ${#REST[@]} -eq 2 ]] || wrong_use "--to takes a commit."
    COMMIT="${REST[1]}"
    ;;
  --package)
    [[ ${#REST[@]} -eq 2 ]] || wrong_use "--package takes a file."
    PACKAGE="${REST[1]}"
    ;;
  *) wrong_use "'${REST[0]}' is not understood." ;;
esac

if [[ -z $PACKAGE ]]; then
  COMMIT="$(git rev-parse --verify --quiet "$COMMIT^{commit}")" || fail "there is no such commit. Give one that git log lists."
  OLD="$(mktemp -d)"
  trap 'git worktree remove --force "$OLD" 2>/dev/null; rm -rf "$OLD"' EXIT
  git worktree add --quiet --detach "$OLD" "$COMMIT"
  say "Making the package of $(git log -1 --format='%h, %s' "$COMMIT") ..."
  "${PYTHON:-.venv/bin/python}" -m delivery package --root "$OLD" build
  PACKAGE="$OLD/build/package/functions.zip"
fi
"$ROOT/infra/deploy/deploy-app.sh" "$ENVIRONMENT" --package "$PACKAGE"
say "Registered models are apart from the code: to go back to a previous model, make rollback ENV=$ENVIRONMENT."
