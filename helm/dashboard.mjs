// Prints the Grafana dashboard "Thumbnail Processing Stats", which the chart carries as
// helm/thumbjobs/files/dashboard.json:
//
//   node helm/dashboard.mjs > helm/thumbjobs/files/dashboard.json
//   node helm/dashboard.mjs --loki > helm/thumbjobs/files/dashboard-loki.json
//
// The second is the panel of log lines that takes the place of the note about them where there is
// Loki, with the variable for its data source. A test compares. Panels are described here in a few
// words each; Grafana wants pages.

const mine = 'namespace=~"$namespace",job=~"$job"';
const redis = 'namespace=~"$namespace",job=~"$redis_job"';
const pods = 'namespace=~"$namespace",pod=~"($job).*"';
const ago = '[$__rate_interval]';

const quantile = (q, stage) =>
  `histogram_quantile(${q}, sum by (le) (rate(thumbjobs_stage_duration_seconds_bucket{stage="${stage}",${mine}}${ago})))`;

// Each row: a title, and its panels as [title, unit, {legend: expression}, options].
const rows = [
  ['At a glance', [
    ['Thumbnails per minute', 'short', {
      '': `60 * sum(rate(thumbjobs_job_transitions_total{to="succeeded",${mine}}${ago}))`,
    }, { type: 'stat', width: 4 }],
    ['Queued', 'short', { '': `max(thumbjobs_jobs{state="queued",${mine}})` }, { type: 'stat', width: 4 }],
    ['Oldest ready job', 's', { '': `max(thumbjobs_queue_oldest_age_seconds{${mine}})` }, { type: 'stat', width: 4 }],
    ['Failed, last hour', 'short', {
      '': `sum(increase(thumbjobs_job_transitions_total{to="failed",${mine}}[1h])) or vector(0)`,
    }, { type: 'stat', width: 4 }],
    ['Workers busy', 'percentunit', {
      '': `sum(thumbjobs_workers_busy{${mine}}) / sum(thumbjobs_workers{${mine}})`,
    }, { type: 'stat', width: 4 }],
    ['Store answers', 'bool_yes_no', { '': `min(thumbjobs_store_up{${mine}})` }, { type: 'stat', width: 4 }],
  ]],
  ['Jobs', [
    ['Throughput', 'ops', {
      submitted: `sum(rate(thumbjobs_job_submits_total{${mine}}${ago}))`,
      '{{to}}': `sum by (to) (rate(thumbjobs_job_transitions_total{to=~"succeeded|failed|cancelled",${mine}}${ago}))`,
    }],
    ['Jobs in the store', 'short', { '{{state}}': `max by (state) (thumbjobs_jobs{state=~"queued|processing|failed",${mine}})` }],
    ['Age of the oldest ready job', 's', { age: `max(thumbjobs_queue_oldest_age_seconds{${mine}})` }],
    ['Time to thumbnail', 's', {
      p50: quantile(0.5, 'total'), p95: quantile(0.95, 'total'), p99: quantile(0.99, 'total'),
    }],
    ['Stages, mean', 's', {
      '{{stage}}': `sum by (stage) (rate(thumbjobs_stage_duration_seconds_sum{stage!="total",${mine}}${ago})) / sum by (stage) (rate(thumbjobs_stage_duration_seconds_count{stage!="total",${mine}}${ago}))`,
    }],
    ['Stages, p95', 's', {
      '{{stage}}': `histogram_quantile(0.95, sum by (le, stage) (rate(thumbjobs_stage_duration_seconds_bucket{stage!="total",${mine}}${ago})))`,
    }],
    ['Bytes', 'Bps', { '{{direction}}': `sum by (direction) (rate(thumbjobs_image_bytes_total{${mine}}${ago}))` }],
  ]],
  ['What goes wrong', [
    ['Failed jobs', 'ops', {
      failed: `sum(rate(thumbjobs_job_transitions_total{to="failed",${mine}}${ago})) or vector(0)`,
    }],
    ['Failed jobs by code', 'ops', {
      '{{code}}': `sum by (code) (rate(thumbjobs_job_failures_total{${mine}}${ago}))`,
    }],
    ['Retries by code', 'ops', {
      '{{code}}': `sum by (code) (rate(thumbjobs_job_retries_total{${mine}}${ago})) or vector(0)`,
    }],
    ['Crashed decoders by code', 'ops', {
      '{{code}}': `sum by (code) (rate(thumbjobs_decoder_crashes_total{${mine}}${ago})) or vector(0)`,
    }],
    ['Leases lost, jobs taken over', 'ops', {
      lost: `sum(rate(thumbjobs_leases_lost_total{${mine}}${ago}))`,
      'taken over': `sum(rate(thumbjobs_swept_total{kind="requeued",${mine}}${ago}))`,
    }],
    ['Outages and drains', 'short', {
      'waiting for store or storage': `sum(thumbjobs_outage{${mine}})`,
      draining: `count(kube_pod_deletion_timestamp{${pods}}) or vector(0)`,
    }],
  ]],
  ['Workers', [
    ['Workers, busy and there', 'short', {
      busy: `sum(thumbjobs_workers_busy{${mine}})`, there: `sum(thumbjobs_workers{${mine}})`,
    }],
    ['Replicas of the autoscalers', 'short', {
      '{{horizontalpodautoscaler}}': 'kube_horizontalpodautoscaler_status_current_replicas{namespace=~"$namespace",horizontalpodautoscaler=~"(keda-hpa-)?($job).*"}',
      '{{horizontalpodautoscaler}} wanted': 'kube_horizontalpodautoscaler_status_desired_replicas{namespace=~"$namespace",horizontalpodautoscaler=~"(keda-hpa-)?($job).*"}',
      '{{horizontalpodautoscaler}} at most': 'kube_horizontalpodautoscaler_spec_max_replicas{namespace=~"$namespace",horizontalpodautoscaler=~"(keda-hpa-)?($job).*"}',
    }],
    ['Memory of the pods, decoders included', 'bytes', {
      '{{pod}}': `sum by (pod) (container_memory_working_set_bytes{container="thumbd",${pods}})`,
    }],
    ['Memory of thumbd itself', 'bytes', { '{{pod}}': `process_resident_memory_bytes{${mine}}` }],
    ['CPU of the pods', 'short', {
      '{{pod}}': `sum by (pod) (rate(container_cpu_usage_seconds_total{container="thumbd",${pods}}${ago}))`,
    }],
  ]],
  ['HTTP', [
    ['Requests by answer', 'reqps', {
      '{{code}}': `sum by (code) (rate(thumbd_http_request_duration_seconds_count{${mine}}${ago}))`,
    }],
    ['Requests, p95', 's', {
      '{{route}}': `histogram_quantile(0.95, sum by (le, route) (rate(thumbd_http_request_duration_seconds_bucket{route=~"/v1/jobs.*|/upload",${mine}}${ago})))`,
    }],
    ['Connections and streams', 'short', {
      connections: `sum(thumbd_http_connections{${mine}})`,
      'event streams': `sum(thumbd_event_streams{${mine}})`,
      'requests waiting': `sum(thumbd_http_requests_waiting{${mine}})`,
    }],
  ]],
  ['Redis', [
    ['Redis answers', 'bool_yes_no', { '': `min(redis_up{${redis}})` }, { type: 'stat', width: 4 }],
    ['Memory', 'bytes', {
      used: `sum(redis_memory_used_bytes{${redis}})`, most: `sum(redis_memory_max_bytes{${redis}})`,
    }, { width: 10 }],
    ['Commands', 'ops', { commands: `sum(rate(redis_commands_processed_total{${redis}}${ago}))` }, { width: 10 }],
    ['Clients', 'short', {
      connected: `sum(redis_connected_clients{${redis}})`, blocked: `sum(redis_blocked_clients{${redis}})`,
    }],
    ['Append-only file', 'bool_yes_no', {
      'last write went well': `min(redis_aof_last_write_status{${redis}})`,
    }],
  ]],
];

const source = { type: 'prometheus', uid: '${datasource}' };
let id = 0;
let y = 0;
const panels = [];
for (const [title, contents] of rows) {
  panels.push({ id: ++id, type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] });
  y += 1;
  let x = 0;
  let height = 0;
  for (const [name, unit, queries, { type = 'timeseries', width = 8 } = {}] of contents) {
    const h = type === 'stat' ? 4 : 8;
    if (x + width > 24) {
      x = 0;
      y += height;
      height = 0;
    }
    panels.push({
      id: ++id,
      type,
      title: name,
      datasource: source,
      gridPos: { x, y, w: width, h },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      options: type === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'none', graphMode: 'area' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
      targets: Object.entries(queries).map(([legend, expr], index) => ({
        refId: String.fromCharCode(65 + index),
        datasource: source,
        expr,
        legendFormat: legend || '__auto',
      })),
    });
    x += width;
    height = Math.max(height, h);
  }
  y += height;
}
panels.push({
  id: ++id,
  type: 'text',
  title: 'Logs',
  gridPos: { x: 0, y, w: 24, h: 5 },
  options: {
    mode: 'markdown',
    content: 'thumbd logs JSON lines with `job_id`, `request_id` and `code`. With Loki: '
      + '`{namespace="$namespace", container="thumbd"} | json | level="error"`, or one job: '
      + '`... | json | job_id="ID"`. Without: `GET /logs?level=warning` of any replica answers with '
      + 'the newest lines of all of them.',
  },
});

const variable = (name, label, query, extra = {}) => ({
  name, label, type: 'query', datasource: source, query: { query, refId: name }, refresh: 2,
  includeAll: false, multi: false, ...extra,
});

// Lines as thumbd writes them with --log-format json, the chart's default.
const loki = {
  panel: {
    type: 'logs',
    title: 'Warnings and errors',
    datasource: { type: 'loki', uid: '${loki}' },
    options: { showTime: true, wrapLogMessage: true, sortOrder: 'Descending', enableLogDetails: true, dedupStrategy: 'none' },
    targets: [{
      refId: 'A',
      datasource: { type: 'loki', uid: '${loki}' },
      expr: '{namespace="$namespace", container="thumbd"} | json | level=~"warning|error"',
      queryType: 'range',
    }],
  },
  variable: { name: 'loki', label: 'Logs', type: 'datasource', query: 'loki' },
};

const dashboard = {
  uid: 'thumbjobs',
  title: 'Thumbnail Processing Stats',
  tags: ['thumbjobs'],
  timezone: 'browser',
  schemaVersion: 38,
  editable: true,
  refresh: '10s',
  time: { from: 'now-1h', to: 'now' },
  templating: {
    list: [
      { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
      variable('namespace', 'Namespace', 'label_values(thumbjobs_build_info, namespace)'),
      variable('job', 'Release', 'label_values(thumbjobs_build_info{namespace=~"$namespace"}, job)'),
      variable('redis_job', 'Redis', 'label_values(redis_up{namespace=~"$namespace"}, job)', { includeAll: true, allValue: '.*' }),
    ],
  },
  annotations: { list: [] },
  panels,
};
console.log(JSON.stringify(process.argv.includes('--loki') ? loki : dashboard, null, 1));
