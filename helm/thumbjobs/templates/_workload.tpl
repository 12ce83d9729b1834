{{/*
A Deployment. Called with a dict: root, component (api, worker or all), values (of the component),
scaled (whether an autoscaler sets the number of pods).
*/}}
{{- define "thumbjobs.workload" -}}
{{- $root := .root }}
{{- $v := $root.Values }}
{{- $name := include "thumbjobs.fullname" $root }}
{{- $volume := eq $v.storage.type "pvc" }}
{{- $scheme := ternary "HTTPS" "HTTP" (ne $v.tls.existingSecret "") }}
{{- $redisPassword := include "thumbjobs.redisPassword" $root }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}{{ if ne .component "all" }}-{{ .component }}{{ end }}
  labels:
    {{- include "thumbjobs.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  {{- if not .scaled }}
  replicas: {{ .values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    {{- if eq .component "all" }}
    # Two pods must not share SQLite's file across hosts, and the volume is one pod's.
    type: Recreate
    {{- else }}
    type: RollingUpdate
    rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}
    {{- end }}
  selector:
    matchLabels:
      {{- include "thumbjobs.selectorLabels" $root | nindent 6 }}
      app.kubernetes.io/component: {{ .component }}
  template:
    metadata:
      labels:
        {{- with .values.podLabels }}{{ toYaml . | nindent 8 }}{{ end }}
        {{- include "thumbjobs.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
        thumbjobs/metrics: "true"
      annotations:
        checksum/config: {{ include (print $root.Template.BasePath "/configmap.yaml") $root | sha256sum }}
        {{- if $v.monitoring.scrapeAnnotations }}
        prometheus.io/scrape: "true"
        prometheus.io/port: "8080"
        prometheus.io/path: /metrics
        prometheus.io/scheme: {{ lower $scheme }}
        {{- end }}
        {{- with .values.podAnnotations }}{{ toYaml . | nindent 8 }}{{ end }}
    spec:
      serviceAccountName: {{ include "thumbjobs.serviceAccountName" $root }}
      # thumbd does not talk to Kubernetes. (A role for AWS comes by a volume of its own.)
      automountServiceAccountToken: false
      # Variables of Services, such as THUMBD_PORT, would be taken for options.
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ add $v.drainSeconds $v.preStopSeconds 10 }}
      securityContext: {{- include "thumbjobs.podSecurityContext" $root | nindent 8 }}
      {{- with .values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with $v.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      {{- with .values.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if .values.affinity }}
      affinity: {{- toYaml .values.affinity | nindent 8 }}
      {{- else if .values.antiAffinity }}
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 100
              podAffinityTerm:
                topologyKey: kubernetes.io/hostname
                labelSelector:
                  matchLabels:
                    {{- include "thumbjobs.selectorLabels" $root | nindent 20 }}
                    app.kubernetes.io/component: {{ .component }}
      {{- end }}
      {{- if .values.topologySpread }}
      topologySpreadConstraints:
        {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - maxSkew: 1
          topologyKey: {{ $key }}
          whenUnsatisfiable: ScheduleAnyway
          # Of one generation: those that a roll-out is about to end do not count.
          matchLabelKeys: [pod-template-hash]
          labelSelector:
            matchLabels:
              {{- include "thumbjobs.selectorLabels" $root | nindent 14 }}
              app.kubernetes.io/component: {{ $.component }}
        {{- end }}
      {{- end }}
      containers:
        - name: thumbd
          image: {{ include "thumbjobs.image" $root }}
          imagePullPolicy: {{ $v.image.pullPolicy }}
          args:
            - --role={{ .component }}
            {{- if .values.concurrency }}
            - --workers={{ .values.concurrency }}
            {{- end }}
          envFrom:
            - configMapRef: {name: {{ $name }}}
            {{- with $v.extraEnvFrom }}{{ toYaml . | nindent 12 }}{{ end }}
          env:
            {{- with include "thumbjobs.redisEnv" $root | trim }}{{ . | nindent 12 }}{{ end }}
            {{- if and (eq $v.storage.type "s3") $v.storage.s3.existingSecret }}
            {{- range list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" }}
            - name: {{ . }}
              valueFrom:
                secretKeyRef: {name: {{ $v.storage.s3.existingSecret }}, key: {{ . }}}
            {{- end }}
            {{- end }}
            {{- if and (eq $v.storage.type "s3") $v.storage.s3.region }}
            - {name: AWS_REGION, value: {{ $v.storage.s3.region | quote }}}
            {{- end }}
            {{- with $v.extraEnv }}{{ toYaml . | nindent 12 }}{{ end }}
            - {name: TMPDIR, value: /tmp}
          ports:
            - {name: http, containerPort: 8080}
          startupProbe:
            httpGet: {path: /livez, port: http, scheme: {{ $scheme }}}
            periodSeconds: 2
            timeoutSeconds: 5
            failureThreshold: {{ $v.probes.startupFailureThreshold }}
          livenessProbe:
            httpGet: {path: /livez, port: http, scheme: {{ $scheme }}}
            periodSeconds: {{ $v.probes.livenessPeriodSeconds }}
            timeoutSeconds: 5
            failureThreshold: 3
          readinessProbe:
            httpGet: {path: /readyz, port: http, scheme: {{ $scheme }}}
            periodSeconds: {{ $v.probes.readinessPeriodSeconds }}
            timeoutSeconds: 5
            failureThreshold: 2
          {{- if gt (int $v.preStopSeconds) 0 }}
          lifecycle:
            preStop:
              exec: {command: [sleep, {{ $v.preStopSeconds | quote }}]}
          {{- end }}
          resources: {{- toYaml .values.resources | nindent 12 }}
          securityContext: {{- include "thumbjobs.containerSecurityContext" $root | nindent 12 }}
          volumeMounts:
            - {name: data, mountPath: /var/lib/thumbjobs}
            {{- if and $volume (ne .component "all") }}
            - {name: images, mountPath: /var/lib/thumbjobs/images}
            {{- end }}
            - {name: tmp, mountPath: /tmp}
            {{- if not $v.auth.insecure }}
            # Folders, not files by subPath: so a change of the Secret gets here.
            - {name: auth, mountPath: /etc/thumbjobs/auth, readOnly: true}
            {{- end }}
            {{- if $v.tls.existingSecret }}
            - {name: tls, mountPath: /etc/thumbjobs/tls, readOnly: true}
            {{- end }}
            {{- if $redisPassword }}
            - {name: redis, mountPath: /etc/thumbjobs/redis, readOnly: true}
            {{- end }}
            {{- with $v.extraVolumeMounts }}{{ toYaml . | nindent 12 }}{{ end }}
      volumes:
        - name: data
          {{- if and $volume (eq .component "all") }}
          persistentVolumeClaim: {claimName: {{ include "thumbjobs.claim" $root }}}
          {{- else if eq $v.store.type "sqlite" }}
          persistentVolumeClaim: {claimName: {{ $name }}-data}
          {{- else }}
          emptyDir: {}
          {{- end }}
        {{- if and $volume (ne .component "all") }}
        - name: images
          persistentVolumeClaim: {claimName: {{ include "thumbjobs.claim" $root }}}
        {{- end }}
        - name: tmp
          emptyDir: {}
        {{- if not $v.auth.insecure }}
        - name: auth
          secret:
            secretName: {{ include "thumbjobs.authSecret" $root }}
            defaultMode: 288 # 0440
            items:
              - {key: {{ $v.auth.tokensKey }}, path: {{ $v.auth.tokensKey }}}
        {{- end }}
        {{- with $v.tls.existingSecret }}
        - name: tls
          secret:
            secretName: {{ . }}
            defaultMode: 288 # 0440
            items:
              - {key: tls.crt, path: tls.crt}
              - {key: tls.key, path: tls.key}
        {{- end }}
        {{- with $redisPassword }}
        - name: redis
          secret:
            defaultMode: 288 # 0440
            {{- . | trim | nindent 12 }}
        {{- end }}
        {{- with $v.extraVolumes }}{{ toYaml . | nindent 8 }}{{ end }}
{{- end }}
