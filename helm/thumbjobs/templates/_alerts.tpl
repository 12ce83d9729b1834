{{/*
The alerts, as the `rules` of a rule group. Each has a heading of its own in docs/operations.md.
What every process reports about the store is the same, so `max` takes it together.
*/}}
{{- define "thumbjobs.alerts" -}}
{{- $s := include "thumbjobs.seriesSelector" . }}
{{- $rule := .Values.monitoring.prometheusRule }}
{{- $redis := printf "namespace=\"%s\",job=\"%s-redis\"" .Release.Namespace (include "thumbjobs.fullname" .) }}
{{- with $rule.redisJob }}{{ $redis = printf "job=\"%s\"" . }}{{ end }}
- alert: ThumbjobsDown
  expr: absent(up{ {{- $s -}} } == 1)
  for: 2m
  labels: {severity: critical}
  annotations:
    summary: No thumbd answers Prometheus.
    runbook_url: {{ $rule.runbookUrl }}#thumbjobsdown
- alert: ThumbjobsNoWorkers
  expr: >-
    (max by (namespace, job) (thumbjobs_jobs{state="queued",{{ $s }}}) > 0)
    unless (sum by (namespace, job) (thumbjobs_workers{ {{- $s -}} }) > 0)
  for: 2m
  labels: {severity: critical}
  annotations:
    summary: Jobs are queued, and there is no worker to run them.
    runbook_url: {{ $rule.runbookUrl }}#thumbjobsnoworkers
- alert: ThumbjobsStoreUnreachable
  expr: >-
    (min by (namespace, job) (thumbjobs_store_up{ {{- $s -}} }) == 0)
    or (max by (namespace, job) (thumbjobs_outage{ {{- $s -}} }) == 1)
  for: 1m
  labels: {severity: critical}
  annotations:
    summary: The job store or the storage does not answer.
    runbook_url: {{ $rule.runbookUrl }}#thumbjobsstoreunreachable
- alert: ThumbjobsOldestJobTooOld
  expr: max by (namespace, job) (thumbjobs_queue_oldest_age_seconds{ {{- $s -}} }) > {{ $rule.oldestAgeSeconds }}
  for: 2m
  labels: {severity: warning}
  annotations:
    summary: 'The oldest job has been waiting for {{ "{{ $value | humanizeDuration }}" }}.'
    runbook_url: {{ $rule.runbookUrl }}#thumbjobsoldestjobtooold
- alert: ThumbjobsBacklogGrowing
  expr: >-
    (max by (namespace, job) (deriv(thumbjobs_jobs{state="queued",{{ $s }}}[15m])) > 0.02)
    and (max by (namespace, job) (thumbjobs_jobs{state="queued",{{ $s }}}) > 50)
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: For half an hour more jobs have come than were done.
    runbook_url: {{ $rule.runbookUrl }}#thumbjobsbackloggrowing
- alert: ThumbjobsErrorRatio
  expr: >-
    (sum by (namespace, job) (increase(thumbjobs_job_transitions_total{to="failed",{{ $s }}}[10m]))
    / sum by (namespace, job) (increase(thumbjobs_job_transitions_total{to=~"failed|succeeded",{{ $s }}}[10m])) > {{ $rule.errorRatio }})
    and (sum by (namespace, job) (increase(thumbjobs_job_transitions_total{to="failed",{{ $s }}}[10m])) > 5)
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: '{{ "{{ $value | humanizePercentage }}" }} of the jobs fail.'
    runbook_url: {{ $rule.runbookUrl }}#thumbjobserrorratio
- alert: ThumbjobsDecoderCrashes
  expr: >-
    (sum by (namespace, job) (increase(thumbjobs_decoder_crashes_total{ {{- $s -}} }[15m]))
    / sum by (namespace, job) (increase(thumbjobs_job_transitions_total{to="processing",{{ $s }}}[15m])) > {{ $rule.crashRatio }})
    and (sum by (namespace, job) (increase(thumbjobs_decoder_crashes_total{ {{- $s -}} }[15m])) > 3)
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: '{{ "{{ $value | humanizePercentage }}" }} of the attempts take their decoder down.'
    runbook_url: {{ $rule.runbookUrl }}#thumbjobsdecodercrashes
- alert: ThumbjobsDrainStuck
  # The time of deletion is that of SIGKILL. A draining thumbd takes no connections, so it is
  # Kubernetes that knows (kube-state-metrics).
  expr: time() > kube_pod_deletion_timestamp{namespace="{{ .Release.Namespace }}",pod=~"{{ include "thumbjobs.fullname" . }}-.*"} - 5
  labels: {severity: warning}
  annotations:
    summary: '{{ "{{ $labels.pod }}" }} should have drained, and is about to be killed.'
    runbook_url: {{ $rule.runbookUrl }}#thumbjobsdrainstuck
- alert: ThumbjobsNotSandboxed
  expr: (thumbjobs_sandboxed{ {{- $s -}} } == 0) and (thumbjobs_workers{ {{- $s -}} } > 0)
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: '{{ "{{ $labels.instance }}" }} decodes images without a sandbox.'
    runbook_url: {{ $rule.runbookUrl }}#thumbjobsnotsandboxed
{{- if or (eq .Values.store.type "redis") (eq .Values.storage.type "redis") }}
- alert: ThumbjobsRedisDown
  expr: redis_up{ {{- $redis -}} } == 0
  for: 1m
  labels: {severity: critical}
  annotations:
    summary: The exporter does not reach Redis.
    runbook_url: {{ $rule.runbookUrl }}#thumbjobsredisdown
- alert: ThumbjobsRedisMemory
  expr: >-
    (redis_memory_used_bytes{ {{- $redis -}} } / redis_memory_max_bytes{ {{- $redis -}} } > 0.85)
    and (redis_memory_max_bytes{ {{- $redis -}} } > 0)
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: 'Redis uses {{ "{{ $value | humanizePercentage }}" }} of its memory; at 100 % submits are refused.'
    runbook_url: {{ $rule.runbookUrl }}#thumbjobsredismemory
{{- end }}
{{- end }}
