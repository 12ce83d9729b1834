#!/usr/bin/env bash
# Runs thumbd in a local Kubernetes cluster (Kind), with Prometheus and Grafana.
#
# usage: scripts/kind.sh [--smoke-test [N]] [--keep]      (./start.sh --kind does the same)
#
# Builds the image, creates the cluster `thumbjobs` from helm/kind-config.yaml (or takes the one that
# is there), loads the image into it, installs kube-prometheus-stack (helm/values-prometheus.yaml),
# prometheus-adapter and the chart (helm/values-kind.yaml), waits, prints the addresses and
# Grafana's password, and forwards ports until Ctrl-C. Then the cluster is deleted, if it was made here.
#
#   --smoke-test [N]  uploads N images (default 50), ends and cleans up instead of waiting
#   --keep            leaves the cluster
#
# Wants docker, kind, kubectl, helm, curl and jq, and the network for images and charts.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cluster=thumbjobs
context=kind-$cluster
namespace=thumbs
url=http://127.0.0.1:30080
grafana_port=3000
prometheus_port=9090
charts=https://prometheus-community.github.io/helm-charts

smoke=
keep=
while [ $# -gt 0 ]; do
    case $1 in
    --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --keep) keep=yes ;;
    --smoke-test)
        smoke=50
        if [[ ${2:-} =~ ^[0-9]+$ ]]; then
            smoke=$2
            shift
        fi
        ;;
    *) usage_error "unknown option '$1'" ;;
    esac
    shift
done

check_tools() {
    local missing=()
    for tool in docker kind kubectl helm curl jq; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ ${#missing[@]} -eq 0 ] ||
        die "missing: ${missing[*]} (https://kind.sigs.k8s.io, https://helm.sh, https://kubernetes.io/docs/tasks/tools)"
    docker info >/dev/null 2>&1 || die "Docker does not answer: is it running, and may you use it?"
}

created=
forwards=()
cleanup() {
    local result=$?
    trap - EXIT INT TERM
    for forward in "${forwards[@]}"; do
        kill "$forward" 2>/dev/null || true
        wait "$forward" 2>/dev/null || true
    done
    if [ -n "$created" ] && [ -z "$keep" ]; then
        say "Deleting the cluster $cluster"
        kind delete cluster --name "$cluster" || true
    elif [ -n "$created" ]; then
        say "The cluster stays: kind delete cluster --name $cluster"
    fi
    exit "$result"
}

ensure_cluster() {
    if kind get clusters 2>/dev/null | grep -qx "$cluster"; then
        say "The cluster $cluster is there already, and will stay"
        return
    fi
    # From here on there may be one, also when creating it fails half-way.
    created=yes
    kind create cluster --name "$cluster" --config "$ROOT/helm/kind-config.yaml" --wait 120s
}

install_charts() {
    helm upgrade --install monitoring kube-prometheus-stack --repo "$charts" \
        --kube-context "$context" --namespace monitoring --create-namespace \
        --values "$ROOT/helm/values-prometheus.yaml" --wait --timeout 10m
    helm upgrade --install thumbs "$ROOT/helm/thumbjobs" \
        --kube-context "$context" --namespace "$namespace" --create-namespace \
        --values "$ROOT/helm/values-kind.yaml" --wait --timeout 5m
    # After the chart: an adapter looks for its series when it starts.
    helm upgrade --install adapter prometheus-adapter --repo "$charts" \
        --kube-context "$context" --namespace monitoring \
        --values "$ROOT/helm/thumbjobs/examples/prometheus-adapter.yaml" --wait --timeout 5m
}

secret() { # secret NAMESPACE NAME KEY
    kubectl --context "$context" --namespace "$1" get secret "$2" --output json |
        jq -r --arg key "$3" '.data[$key]' | base64 -d
}

forward() { # forward NAMESPACE SERVICE PORTS
    kubectl --context "$context" --namespace "$1" port-forward "service/$2" "$3" >/dev/null 2>&1 &
    forwards+=($!)
}

wait_ready() {
    local deadline=$((SECONDS + 120))
    until curl --silent --fail --max-time 5 "$url/readyz" >/dev/null; do
        [ $SECONDS -lt $deadline ] || die "$url/readyz does not answer"
        sleep 1
    done
}

check_tools
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
CONTAINER_TOOL=docker "$ROOT/scripts/container.sh" build --tag localhost/thumbjobs:dev
ensure_cluster
kind load docker-image localhost/thumbjobs:dev --name "$cluster"
install_charts
wait_ready
token=$(secret "$namespace" thumbs-thumbjobs-auth submit-token)
password=$(secret monitoring monitoring-grafana admin-password)
forward monitoring monitoring-grafana "$grafana_port:80"
forward monitoring monitoring-kube-prometheus-prometheus "$prometheus_port:9090"
cat <<TEXT

  page        $url/
  token       $token
  Grafana     http://127.0.0.1:$grafana_port/d/thumbjobs  (admin, $password)
  Prometheus  http://127.0.0.1:$prometheus_port/

To watch the workers scale:
  TOKEN=$token scripts/load-test.sh $url 2000 50 --no-wait
  kubectl --context $context -n $namespace get hpa -w

TEXT
if [ -n "$smoke" ]; then
    TOKEN=$token "$ROOT/scripts/load-test.sh" "$url" "$smoke" 8
else
    say "Ctrl-C ends it."
    wait
fi
