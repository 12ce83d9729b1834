{{/* Names and labels. */}}
{{- define "thumbjobs.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "thumbjobs.fullname" -}}
{{- $name := include "thumbjobs.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "thumbjobs.selectorLabels" -}}
app.kubernetes.io/name: {{ include "thumbjobs.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "thumbjobs.labels" -}}
{{ include "thumbjobs.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "thumbjobs.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "thumbjobs.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "thumbjobs.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{- define "thumbjobs.authSecret" -}}
{{- default (printf "%s-auth" (include "thumbjobs.fullname" .)) .Values.auth.existingSecret }}
{{- end }}

{{- define "thumbjobs.claim" -}}
{{- default (printf "%s-images" (include "thumbjobs.fullname" .)) .Values.storage.pvc.existingClaim }}
{{- end }}

{{/* "true" where the platform chooses user and group. */}}
{{- define "thumbjobs.openshift" -}}
{{- if eq (toString .Values.openshift) "auto" }}
{{- .Capabilities.APIVersions.Has "security.openshift.io/v1" }}
{{- else }}
{{- .Values.openshift }}
{{- end }}
{{- end }}

{{/* The restricted Pod Security Standard. The image names its user by number, so none is forced; the
     group is for volumes and the files of Secrets. */}}
{{- define "thumbjobs.podSecurityContext" -}}
{{- $context := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") }}
{{- if ne (include "thumbjobs.openshift" .) "true" }}
{{- $context = merge $context (dict "fsGroup" 10001 "fsGroupChangePolicy" "OnRootMismatch") }}
{{- end }}
{{- toYaml (mergeOverwrite $context .Values.podSecurityContext) }}
{{- end }}

{{- define "thumbjobs.containerSecurityContext" -}}
{{- $context := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true
    "capabilities" (dict "drop" (list "ALL")) }}
{{- toYaml (mergeOverwrite $context .Values.containerSecurityContext) }}
{{- end }}

{{/* A value as text: Helm has numbers as floating point, which it would write as 1e+08. */}}
{{- define "thumbjobs.plain" -}}
{{- if kindIs "float64" . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{/* Where the images are, as thumbd's --storage. */}}
{{- define "thumbjobs.storageUrl" -}}
{{- $s3 := .Values.storage.s3 }}
{{- if eq .Values.storage.type "s3" }}
{{- $parameters := dict }}
{{- if $s3.region }}{{ $_ := set $parameters "region" $s3.region }}{{ end }}
{{- if $s3.endpoint }}{{ $_ := set $parameters "endpoint" $s3.endpoint }}{{ end }}
{{- $parameters = merge $parameters $s3.parameters }}
{{- $pairs := list }}
{{- range $name, $value := $parameters }}
{{- $pairs = append $pairs (printf "%s=%s" $name (include "thumbjobs.plain" $value)) }}
{{- end }}
{{- printf "s3://%s" $s3.bucket }}
{{- with $s3.prefix }}{{ printf "/%s" . }}{{ end }}
{{- with $pairs }}{{ printf "?%s" (join "&" .) }}{{ end }}
{{- else }}
{{- print "file:/var/lib/thumbjobs/images" }}
{{- end }}
{{- end }}

{{/* The Secret with the password of Redis, and its key; nothing if there is none. */}}
{{- define "thumbjobs.redisPassword" -}}
{{- if or (eq .Values.store.type "redis") (eq .Values.storage.type "redis") }}
{{- if .Values.redis.bundled }}
secretName: {{ include "thumbjobs.fullname" . }}-redis
items: [{key: password, path: password}]
{{- else if .Values.store.redis.passwordSecret }}
secretName: {{ .Values.store.redis.passwordSecret }}
items: [{key: {{ .Values.store.redis.passwordSecretKey }}, path: password}]
{{- end }}
{{- end }}
{{- end }}

{{/* Environment variables with the URL of Redis, for the store and where asked for the storage. The
     password is in a file, which is read for each new connection. */}}
{{- define "thumbjobs.redisEnv" -}}
{{- $names := list }}
{{- if eq .Values.store.type "redis" }}{{ $names = append $names "THUMBD_STORE" }}{{ end }}
{{- if eq .Values.storage.type "redis" }}{{ $names = append $names "THUMBD_STORAGE" }}{{ end }}
{{- $url := .Values.store.redis.url }}
{{- if .Values.redis.bundled }}{{ $url = printf "redis://%s-redis:6379/0" (include "thumbjobs.fullname" .) }}{{ end }}
{{- if include "thumbjobs.redisPassword" . }}
{{- $url = printf "%s%spassword_file=/etc/thumbjobs/redis/password" $url (ternary "&" "?" (contains "?" $url)) }}
{{- end }}
{{- range $names }}
- name: {{ . }}
{{- if $.Values.store.redis.existingSecret }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.store.redis.existingSecret }}
      key: {{ $.Values.store.redis.existingSecretKey }}
{{- else }}
  value: {{ $url | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Host names that thumbd answers to when it has no tokens. */}}
{{- define "thumbjobs.publicHosts" -}}
{{- $name := include "thumbjobs.fullname" . }}
{{- $hosts := list $name (printf "%s.%s" $name .Release.Namespace)
    (printf "%s.%s.svc" $name .Release.Namespace)
    (printf "%s.%s.svc.cluster.local" $name .Release.Namespace) }}
{{- $hosts = concat $hosts .Values.auth.publicHosts .Values.httpRoute.hostnames }}
{{- $hosts = concat $hosts .Values.ingress.hosts }}
{{- join "," (uniq $hosts) }}
{{- end }}

{{/* The name that is expected in thumbd's certificate. */}}
{{- define "thumbjobs.serverName" -}}
{{- default (printf "%s.%s.svc" (include "thumbjobs.fullname" .) .Release.Namespace) .Values.tls.serverName }}
{{- end }}

{{/* Ports that thumbd calls: those of Redis, its Sentinels and the S3 endpoint, HTTPS; as JSON. */}}
{{- define "thumbjobs.outwardPorts" -}}
{{- $ports := list 443 6379 26379 }}
{{- $redis := regexReplaceAll "^[^:]+://([^/?]*).*" .Values.store.redis.url "${1}" }}
{{- $s3 := ternary .Values.storage.s3.endpoint "" (eq .Values.storage.type "s3") }}
{{- range regexFindAll ":[0-9]+" (printf "%s %s" $redis (regexReplaceAll "^[^:]+://([^/]*).*" $s3 "${1}")) -1 }}
{{- $ports = append $ports (trimPrefix ":" . | int) }}
{{- end }}
{{- if regexMatch "^http://[^:]*$" $s3 }}{{ $ports = append $ports 80 }}{{ end }}
{{- uniq $ports | toJson }}
{{- end }}

{{/* Behaviour of autoscalers: up at once and by doubling, down by a few pods a minute after a while. */}}
{{- define "thumbjobs.scalingBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  selectPolicy: Max
  policies:
    - {type: Percent, value: 100, periodSeconds: 15}
    - {type: Pods, value: 4, periodSeconds: 15}
scaleDown:
  stabilizationWindowSeconds: 300
  selectPolicy: Max
  policies:
    - {type: Percent, value: 25, periodSeconds: 60}
    - {type: Pods, value: 1, periodSeconds: 60}
{{- end }}

{{/* The dashboard with a panel of log lines in place of the note about them, and their data source. */}}
{{- define "thumbjobs.dashboardWithLoki" -}}
{{- $panels := list }}
{{- range .dashboard.panels }}
{{- if eq .title "Logs" }}
{{- $panels = append $panels (merge (dict "id" .id "gridPos" .gridPos) $.loki.panel) }}
{{- else }}
{{- $panels = append $panels . }}
{{- end }}
{{- end }}
{{- $_ := set .dashboard "panels" $panels }}
{{- $_ := set .dashboard.templating "list" (append .dashboard.templating.list .loki.variable) }}
{{- .dashboard | mustToPrettyJson }}
{{- end }}

{{/* How Prometheus tells this release's series from those of others. */}}
{{- define "thumbjobs.seriesSelector" -}}
namespace="{{ .Release.Namespace }}",job="{{ include "thumbjobs.fullname" . }}"
{{- end }}
