// Alerts and dashboard, by promtool and by a real Prometheus that scrapes a real thumbd. What only
// a cluster has (kube-state-metrics, cAdvisor) is stood in for by fixed series.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { eventually, freePort } from './ports.mjs';
import { startThumbd, stop } from './thumbd.mjs';
import { chart, find, merge, render, root, split, work, yaml } from './support.mjs';

const namespace = 'pictures';
const job = 'thumbs-thumbjobs';
const objects = render(merge(split, {
  monitoring: {
    serviceMonitor: { enabled: true }, prometheusRule: { enabled: true }, dashboard: { enabled: true },
  },
}));
const { groups } = find(objects, 'PrometheusRule').spec;
const alerts = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(find(objects, 'ConfigMap', `${job}-dashboard`).data['thumbjobs.json']);
const panels = dashboard.panels.filter((panel) => panel.targets);
const rulesFile = join(work, 'rules.yaml');
writeFileSync(rulesFile, yaml.stringify({ groups }));

const promtool = (...words) => spawnSync('promtool', words, { encoding: 'utf8' });

test('promtool finds nothing wrong with the rules', () => {
  const { status, stdout, stderr } = promtool('check', 'rules', '--lint-fatal', rulesFile);
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, new RegExp(`SUCCESS: ${alerts.length} rules found`));
});

test('every alert fires when it should and not when it should not', () => {
  const { cases } = yaml.parse(readFileSync(new URL('alerts.yaml', import.meta.url), 'utf8'));
  for (const { alert } of alerts) {
    for (const fires of [true, false]) {
      assert.ok(cases.some((entry) => entry.alert === alert && entry.fires === fires), `${alert}: no case that ${fires ? 'fires' : 'does not'}`);
    }
  }
  const file = join(work, 'alerts.yaml');
  for (const [index, entry] of cases.entries()) {
    const suite = {
      rule_files: [rulesFile],
      evaluation_interval: '30s',
      tests: [{
        interval: '1m',
        input_series: entry.series,
        promql_expr_test: [{
          expr: `count(ALERTS{alertname="${entry.alert}",alertstate="firing"})`,
          eval_time: entry.at,
          exp_samples: entry.fires ? [{ labels: '{}', value: 1 }] : [],
        }],
      }],
    };
    writeFileSync(file, yaml.stringify(suite));
    const { status, stdout, stderr } = promtool('test', 'rules', file);
    assert.equal(status, 0, `case ${index + 1}, ${entry.alert}:\n${stdout}${stderr}`);
  }
});

test('every alert has a severity, a sentence, and a runbook that is there', () => {
  const headings = [...readFileSync(join(root, 'docs/operations.md'), 'utf8').matchAll(/^### (\w+)$/gm)].map((match) => match[1]);
  for (const { alert, labels, annotations } of alerts) {
    assert.match(labels.severity, /^(critical|warning)$/);
    assert.match(annotations.summary, /\.$/);
    assert.ok(annotations.runbook_url.endsWith(`docs/operations.md#${alert.toLowerCase()}`), annotations.runbook_url);
    assert.ok(headings.includes(alert), `docs/operations.md has no heading ${alert}`);
  }
  assert.deepEqual(headings.filter((name) => name.startsWith('Thumbjobs')).sort(), alerts.map(({ alert }) => alert).sort());
});

test('the dashboard is the one that helm/dashboard.mjs prints', () => {
  assert.equal(readFileSync(join(chart, 'files/dashboard.json'), 'utf8'),
    execFileSync('node', [join(root, 'helm/dashboard.mjs')], { encoding: 'utf8' }),
    'run: node helm/dashboard.mjs > helm/thumbjobs/files/dashboard.json');
  assert.equal(dashboard.title, 'Thumbnail Processing Stats');
});

test('with Loki, log lines take the place of the note about them', () => {
  assert.equal(readFileSync(join(chart, 'files/dashboard-loki.json'), 'utf8'),
    execFileSync('node', [join(root, 'helm/dashboard.mjs'), '--loki'], { encoding: 'utf8' }),
    'run: node helm/dashboard.mjs --loki > helm/thumbjobs/files/dashboard-loki.json');
  const map = find(render({ monitoring: { dashboard: { enabled: true, loki: true } } }), 'ConfigMap', `${job}-dashboard`);
  const other = JSON.parse(map.data['thumbjobs.json']);
  assert.deepEqual(other.panels.slice(0, -1), dashboard.panels.slice(0, -1));
  const [note, lines] = [dashboard, other].map((board) => board.panels.at(-1));
  assert.deepEqual([note.type, note.title], ['text', 'Logs']);
  assert.deepEqual([lines.type, lines.id, lines.gridPos], ['logs', note.id, note.gridPos]);
  assert.match(lines.targets[0].expr, /container="thumbd"/);
  assert.ok(other.templating.list.some(({ name, query }) => name === 'loki' && query === 'loki'));
  assert.ok(!dashboard.templating.list.some(({ name }) => name === 'loki'));
});

test('the alerts about Redis follow the exporter that is named', () => {
  const rules = find(render(merge(split, { monitoring: { prometheusRule: { enabled: true, redisJob: 'elasticache' } } })), 'PrometheusRule')
    .spec.groups[0].rules;
  assert.match(rules.find(({ alert }) => alert === 'ThumbjobsRedisDown').expr, /^redis_up\{job="elasticache"\}/);
});

// --- A real Prometheus

const children = [];
let thumbd;
let prometheus;
let cluster;
let redisUrl;

/** Starts a program that serves on a port of its own; the port may be taken in between, so again. */
async function start(name, wordsFor, ready) {
  for (let attempt = 0; ; ++attempt) {
    const port = await freePort();
    const child = spawn(name, wordsFor(port), { stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { log += text; });
    const gone = new Promise((resolve) => { child.once('exit', () => resolve('gone')); child.once('error', () => resolve('gone')); });
    const up = eventually(`${name} answers`, 60, () => child.exitCode === null && ready(port)).catch(() => 'gone');
    if (await Promise.race([up, gone]) !== 'gone') {
      children.push(child);
      return port;
    }
    if (attempt === 4) throw new Error(`${name} does not start: ${log}`);
  }
}

const answers = (port, path) => fetch(`http://127.0.0.1:${port}${path}`).then((answer) => answer.ok);
const query = async (expression) => {
  const body = new URLSearchParams({ query: expression });
  const answer = await fetch(`${prometheus}/api/v1/query`, { method: 'POST', body });
  return answer.json();
};

/** What kube-state-metrics and cAdvisor tell of a cluster with this release. */
const clusterSeries = () => {
  const seconds = Date.now() / 1000;
  return `
kube_horizontalpodautoscaler_status_current_replicas{namespace="${namespace}",horizontalpodautoscaler="${job}-worker"} 2
kube_horizontalpodautoscaler_status_desired_replicas{namespace="${namespace}",horizontalpodautoscaler="${job}-worker"} 3
kube_horizontalpodautoscaler_spec_max_replicas{namespace="${namespace}",horizontalpodautoscaler="${job}-worker"} 20
container_memory_working_set_bytes{namespace="${namespace}",pod="${job}-worker-1",container="thumbd"} 1e8
container_cpu_usage_seconds_total{namespace="${namespace}",pod="${job}-worker-1",container="thumbd"} ${seconds}
kube_pod_deletion_timestamp{namespace="${namespace}",pod="${job}-worker-2"} ${seconds + 3600}
`.trimStart();
};

before(async () => {
  thumbd = await startThumbd(['--workers', '2']);
  children.push(thumbd.process);
  cluster = createServer((_, answer) => answer.end(clusterSeries()));
  await new Promise((resolve) => { cluster.listen(0, '127.0.0.1', resolve); });

  const folder = mkdtempSync(join(work, 'redis-'));
  const redis = await start('redis-server', (port) => ['--port', port, '--bind', '127.0.0.1', '--dir', folder,
    '--appendonly', 'yes', '--maxmemory', '64mb'],
  (port) => spawnSync('redis-cli', ['-p', port, 'ping']).status === 0);
  redisUrl = `redis://127.0.0.1:${redis}`;
  const exporter = await start('prometheus-redis-exporter',
    (port) => ['-redis.addr', redisUrl, '-web.listen-address', `127.0.0.1:${port}`],
    (port) => answers(port, '/metrics'));

  const target = (name, port, labels) => ({
    job_name: name,
    honor_labels: true,
    static_configs: [{ targets: [`127.0.0.1:${port}`], labels }],
  });
  const config = join(work, 'prometheus.yaml');
  writeFileSync(config, yaml.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [rulesFile],
    scrape_configs: [
      target(job, thumbd.port, { namespace, pod: `${job}-worker-1`, component: 'worker' }),
      target(`${job}-redis`, exporter, { namespace }),
      target('cluster', cluster.address().port, {}),
    ],
  }));
  const data = mkdtempSync(join(work, 'prometheus-'));
  const port = await start('prometheus', (free) => [`--config.file=${config}`, `--storage.tsdb.path=${data}`,
    `--web.listen-address=127.0.0.1:${free}`, '--log.level=warn'], (free) => answers(free, '/-/ready'));
  prometheus = `http://127.0.0.1:${port}`;
});

after(async () => {
  for (const child of children.reverse()) await stop(child);
  cluster?.close();
});

/** A little of everything: images that succeed, and one that cannot. */
async function load(url, rounds) {
  const png = Buffer.from(readFileSync(join(chart, 'files/submit.sh'), 'utf8').match(/<<'PNG'\n([^]*?)PNG\n/)[1], 'base64');
  const broken = Buffer.concat([png.subarray(0, 40), Buffer.alloc(100, 7)]);
  const submit = (body, wait) => fetch(`${url}/v1/jobs`, {
    method: 'POST', body, headers: { 'Content-Type': 'image/png', Prefer: `wait=${wait}` },
  }).then((answer) => answer.json());
  for (let round = 0; round < rounds; ++round) {
    const done = await Promise.all([submit(png, 30), submit(png, 30), submit(broken, 30)]);
    assert.deepEqual(done.map((answer) => answer.status), ['succeeded', 'succeeded', 'failed'], JSON.stringify(done));
  }
}

const substituted = (expression) => expression
  .replaceAll('$__rate_interval', '10s').replaceAll('$namespace', namespace)
  .replaceAll('$redis_job', `${job}-redis`).replaceAll('$job', job);

test('every panel of the dashboard shows data, every expression parses', { timeout: 180000 }, async () => {
  assert.ok(panels.length > 25);
  let missing = [];
  await eventually('every panel shows data', 120, async () => {
    await load(thumbd.url, 2);
    missing = [];
    for (const panel of panels) {
      for (const target of panel.targets) {
        const { status, data, error } = await query(substituted(target.expr));
        assert.equal(status, 'success', `${panel.title}: ${error}`);
        const numbers = data.result.map((series) => Number(series.value[1])).filter((value) => !Number.isNaN(value));
        if (numbers.length === 0) missing.push(`${panel.title}: ${target.expr}`);
      }
    }
    return missing.length === 0;
  }).catch((error) => assert.fail(`${error.message}\n${missing.join('\n')}`));
  for (const rule of alerts) assert.equal((await query(rule.expr)).status, 'success', rule.alert);
});

test('a healthy service sets no alert off', async () => {
  const { data } = await query('ALERTS{alertstate="firing"}');
  assert.deepEqual(data.result.map((series) => series.metric.alertname), []);
});

test('every metric that is asked for anywhere is exported', async () => {
  const exported = new Set();
  const text = async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  for (const line of (await text(thumbd.port)).split('\n')) {
    const name = line.match(/^# TYPE (\w+)/)?.[1];
    if (name) exported.add(name);
  }
  const scalers = [render(split), render(merge(split, { worker: { autoscaling: { type: 'keda' } } }))].flat()
    .filter((object) => ['HorizontalPodAutoscaler', 'ScaledObject'].includes(object.kind));
  const adapter = readFileSync(join(chart, 'examples/prometheus-adapter.yaml'), 'utf8');
  const asked = [JSON.stringify(alerts.map((rule) => rule.expr)), JSON.stringify(panels), JSON.stringify(scalers.map((object) => object.spec)), adapter]
    .flatMap((part) => [...part.matchAll(/\b(thumbjobs|thumbd|process)_[a-z_]+\b/g)].map((match) => match[0]));
  assert.ok(new Set(asked).size > 20);
  for (const name of new Set(asked)) {
    const family = name.replace(/_(bucket|sum|count)$/, '');
    assert.ok(exported.has(name) || exported.has(family), `thumbd exports no ${name}`);
  }
  // Each name in an autoscaler is one that the adapter's rules serve.
  for (const scaler of scalers.filter((object) => object.kind === 'HorizontalPodAutoscaler')) {
    for (const { external } of scaler.spec.metrics.filter((metric) => metric.external)) {
      assert.ok(yaml.parse(adapter).rules.external.some((rule) => rule.seriesQuery === external.metric.name), external.metric.name);
    }
  }
});
