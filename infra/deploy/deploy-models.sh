#!/usr/bin/env bash
# Brings the image that jobs run in and its environment to the workspace. Both are named by what they are made of: what
# is there already is left alone. The image is built in dev; prod takes the one that was tested there.
# In dev, the pipelines' components are registered as well, for experiments; the app brings its own with each job.
#
# Usage: deploy-models.sh ENVIRONMENT
#
#   ENVIRONMENT   dev or prod; prod from a branch release/* only
#
# If dev and prod are in two subscriptions, SHELFCAST_DEV_REGISTRY is the address of dev's Container Registry, for prod.
set -euo pipefail
# shellcheck source=infra/deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
begin "$@"
no_more_arguments
az extension show --name ml --output none 2>/dev/null || fail "the CLI has no ml extension. Add it: az extension add --name ml"
take_outputs RESOURCE_GROUP AZURE_ML_WORKSPACE CONTAINER_REGISTRY

IMAGE=shelfcast-training
VERSION="$(environment_version)"
REGISTRY="${CONTAINER_REGISTRY%%.*}"
COMMIT="$(git rev-parse --short=12 HEAD)"
WORKSPACE=(--resource-group "$RESOURCE_GROUP" --workspace-name "$AZURE_ML_WORKSPACE")

has_image() {
  az acr repository show --name "$REGISTRY" --image "$IMAGE:$VERSION" --output none 2>/dev/null
}

has() {
  az ml "$1" show --name "$2" --version "$3" "${WORKSPACE[@]}" --output none 2>/dev/null
}

# From a copy of its base in the own registry, by digest: nothing changes under it, and no public registry is in the way.
build_image() {
  local base digest
  base="$(sed -n 's/^ARG BASE=//p' training/environment/Dockerfile)"
  az acr import --name "$REGISTRY" --source "docker.io/library/$base" --image "base/$base" --force --output none
  digest="$(az acr repository show --name "$REGISTRY" --image "base/$base" --query digest --output tsv)"
  say "Building $IMAGE:$VERSION in $REGISTRY from $base, $digest ..."
  az acr build --registry "$REGISTRY" --image "$IMAGE:$VERSION" --file training/environment/Dockerfile \
    --build-arg "BASE=$CONTAINER_REGISTRY/base/${base%%:*}@$digest" training/environment --output none --only-show-errors
}

if [[ $ENVIRONMENT == prod ]]; then
  TESTED="$(registry_of_dev)"
  say "Taking $IMAGE:$VERSION from $TESTED ..."
  az acr import --name "$REGISTRY" --source "$TESTED/$IMAGE:$VERSION" --image "$IMAGE:$VERSION" --force --output none ||
    fail "$TESTED has no $IMAGE:$VERSION that may be read. Run infra/deploy/deploy-models.sh dev first, and grant-deployer.sh prod once."
elif ! has_image; then
  build_image
fi
if ! has environment "$IMAGE" "$VERSION"; then
  az ml environment create --name "$IMAGE" --version "$VERSION" --image "$CONTAINER_REGISTRY/$IMAGE:$VERSION" \
    "${WORKSPACE[@]}" --output none
fi
if [[ $ENVIRONMENT == prod ]]; then
  say "$AZURE_ML_WORKSPACE has $IMAGE $VERSION."
  exit 0
fi
for file in training/pipelines/components/*.yml; do
  name="$(sed -n 's/^name: *//p' "$file")"
  if ! has component "$name" "$COMMIT"; then
    az ml component create --file "$file" --version "$COMMIT" "${WORKSPACE[@]}" --output none
  fi
done
say "$AZURE_ML_WORKSPACE has $IMAGE $VERSION and the components of $COMMIT."
