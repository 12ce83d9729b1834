#!/usr/bin/env bash
# Takes down what scripts/aws-up.sh set up. Images and jobs are lost.
#
# usage: scripts/aws-down.sh [--yes] [-- TERRAFORM-OPTIONS...]
#   --yes       does not ask
#   -- OPTIONS  go to `terraform destroy`; give the same variables as to aws-up.sh
#
# Uninstalls the releases first, so that Kubernetes gives its load balancers and volumes back, empties the
# bucket and the registry, which would block a destroy, and lets terraform destroy the rest. A step that
# finds its work done already goes on, so it can be run again after a failure.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

yes=
while [ $# -gt 0 ]; do
    case $1 in
    --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --yes) yes=yes ;;
    --)
        shift
        break
        ;;
    *) usage_error "unknown option '$1'; terraform's own options come after --" ;;
    esac
    shift
done

folder=$ROOT/helm/terraform
missing=()
for tool in terraform aws kubectl helm jq; do
    command -v "$tool" >/dev/null || missing+=("$tool")
done
[ ${#missing[@]} -eq 0 ] || die "missing: ${missing[*]}"
aws sts get-caller-identity >/dev/null || die "aws has no valid credentials: aws configure, or aws sso login"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export KUBECONFIG=$work/kubeconfig

terraform -chdir="$folder" init -input=false
outputs=$(terraform -chdir="$folder" output -json)
output() { jq -r --arg name "$1" '.[$name].value // empty' <<<"$outputs"; }
cluster=$(output cluster)
region=$(output region)
namespace=$(output namespace)
release=$(output release)
repository=$(output repository)
bucket=$(output bucket)

if [ -z "$yes" ]; then
    say "This deletes the cluster '$cluster', the bucket '$bucket' with all images, and all jobs."
    read -r -p "Type the cluster's name to go on: " answer || answer=
    if [ -z "$cluster" ] || [ "$answer" != "$cluster" ]; then die "nothing was deleted"; fi
fi

if [ -n "$cluster" ] && aws eks update-kubeconfig --region "$region" --name "$cluster"; then
    helm uninstall "$release" --namespace "$namespace" --ignore-not-found --wait --timeout 5m
    helm uninstall adapter --namespace monitoring --ignore-not-found --wait --timeout 5m
    helm uninstall monitoring --namespace monitoring --ignore-not-found --wait --timeout 5m
    # With their namespaces go the volumes that the releases keep.
    kubectl delete namespace "$namespace" monitoring --ignore-not-found --timeout 5m
fi
if [ -n "$bucket" ] && aws s3api head-bucket --bucket "$bucket" 2>/dev/null; then
    aws s3 rm "s3://$bucket" --recursive --only-show-errors
fi
if [ -n "$repository" ]; then
    images=$(aws ecr list-images --region "$region" --repository-name "${repository#*/}" \
        --query imageIds --output json 2>/dev/null || echo '[]')
    # Deleted a hundred at a time, which is the most that one call takes.
    while IFS= read -r batch; do
        aws ecr batch-delete-image --region "$region" --repository-name "${repository#*/}" \
            --image-ids "$batch" >/dev/null
    done < <(jq -c 'def parts: if length > 0 then .[:100], (.[100:] | parts) else empty end; parts' <<<"$images")
fi
terraform -chdir="$folder" destroy -input=false -auto-approve "$@"
say "Everything is down."
