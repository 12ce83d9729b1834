#!/usr/bin/env bash
# Sets thumbjobs up on AWS: what helm/terraform describes, the image, the chart, and monitoring.
#
# usage: scripts/aws-up.sh [--yes] [-- TERRAFORM-OPTIONS...]
#   --yes       does not ask before it makes things that cost money
#   -- OPTIONS  go to `terraform apply`, for example -- -var region=eu-west-1
#
# Needs terraform, aws (with credentials), docker, kubectl, helm and jq, and the variable api_cidrs: who
# may reach the API of Kubernetes (-var 'api_cidrs=["203.0.113.7/32"]', or in a .tfvars file).
# Can be run again: everything is brought to the state that it should have. scripts/aws-down.sh takes it
# down. What it costs is in docs/aws.md.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

yes=()
while [ $# -gt 0 ]; do
    case $1 in
    --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --yes) yes=(-auto-approve) ;;
    --)
        shift
        break
        ;;
    *) usage_error "unknown option '$1'; terraform's own options come after --" ;;
    esac
    shift
done

charts=https://prometheus-community.github.io/helm-charts
folder=$ROOT/helm/terraform
missing=()
for tool in terraform aws docker kubectl helm jq; do
    command -v "$tool" >/dev/null || missing+=("$tool")
done
[ ${#missing[@]} -eq 0 ] || die "missing: ${missing[*]}"
aws sts get-caller-identity >/dev/null || die "aws has no valid credentials: aws configure, or aws sso login"
docker info >/dev/null 2>&1 || die "Docker does not answer: is it running, and may you use it?"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A kubeconfig of its own: the user's is left alone.
export KUBECONFIG=$work/kubeconfig

terraform -chdir="$folder" init -input=false
terraform -chdir="$folder" apply -input=false "${yes[@]}" "$@"
output() { terraform -chdir="$folder" output -raw "$1"; }
cluster=$(output cluster)
region=$(output region)
namespace=$(output namespace)
release=$(output release)
repository=$(output repository)
output helm_values >"$work/values.yaml"

# Tags of the registry cannot be moved, so each build has its own.
tag=$(git -C "$ROOT" rev-parse --short HEAD 2>/dev/null || echo build)-$(date -u +%Y%m%d%H%M%S)
CONTAINER_TOOL=docker "$ROOT/scripts/container.sh" build --tag "$repository:$tag"
aws ecr get-login-password --region "$region" |
    docker login --username AWS --password-stdin "${repository%%/*}"
docker push "$repository:$tag"
digest=$(aws ecr describe-images --region "$region" --repository-name "${repository#*/}" \
    --image-ids "imageTag=$tag" --query 'imageDetails[0].imageDigest' --output text)

aws eks update-kubeconfig --region "$region" --name "$cluster"
kubectl create namespace "$namespace" --dry-run=client --output yaml | kubectl apply -f -
secret=$(output redis_password_secret)
if [ -n "$secret" ]; then
    # By a file that only this user can read, not as an argument.
    (umask 077 && output redis_password >"$work/password")
    kubectl --namespace "$namespace" create secret generic "$secret" \
        --from-file="password=$work/password" --dry-run=client --output yaml | kubectl apply -f -
fi

helm upgrade --install monitoring kube-prometheus-stack --repo "$charts" \
    --namespace monitoring --create-namespace \
    --values "$ROOT/helm/values-prometheus.yaml" --wait --timeout 10m
helm upgrade --install "$release" "$ROOT/helm/thumbjobs" --namespace "$namespace" \
    --values "$work/values.yaml" --set "image.digest=$digest" --wait --timeout 10m
helm upgrade --install adapter prometheus-adapter --repo "$charts" --namespace monitoring \
    --values "$ROOT/helm/thumbjobs/examples/prometheus-adapter.yaml" --wait --timeout 5m

host=$(kubectl --namespace "$namespace" get service --selector app.kubernetes.io/name=thumbjobs --output json |
    jq -r '[.items[].status.loadBalancer.ingress[]?.hostname] | first // empty')
cat <<TEXT

  API and page  http://${host:-(the load balancer has no name yet: kubectl get service -n $namespace)}/
  token         kubectl -n $namespace get secret $release-thumbjobs-auth -o jsonpath='{.data.submit-token}' | base64 -d
  Grafana       kubectl -n monitoring port-forward svc/monitoring-grafana 3000:80, then http://127.0.0.1:3000/d/thumbjobs
  kubectl       aws eks update-kubeconfig --region $region --name $cluster

The load balancer speaks plain HTTP: put a certificate in front before tokens go over it (docs/aws.md).
To take everything down: scripts/aws-down.sh
TEXT
