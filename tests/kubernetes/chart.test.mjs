// The chart: its values, the objects it makes and the combinations it refuses.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { chartOptions } from '../../helm/chart-options.mjs';
import { documentedValues } from '../../helm/chart-readme.mjs';
import { faultsOf } from './schemas.mjs';
import { all, chart, find, helm, makeCertificate, merge, refusal, render, require, root, single, split, yaml } from './support.mjs';

const Ajv = require('ajv');
const read = (file) => readFileSync(join(root, file), 'utf8');
const examples = Object.fromEntries(readdirSync(join(chart, 'examples'))
  .filter((name) => name !== 'prometheus-adapter.yaml')
  .map((name) => [`examples/${name}`, yaml.parse(read(`helm/thumbjobs/examples/${name}`))]));

const everything = {
  commonLabels: { team: 'pictures' },
  image: { digest: `sha256:${'0'.repeat(64)}`, pullSecrets: ['registry'] },
  config: { 'max-upload-bytes': '32MiB', 'max-queued': 5000, 'relaxed-durability': true },
  extraEnv: [{ name: 'TZ', value: 'UTC' }],
  extraEnvFrom: [{ configMapRef: { name: 'more' } }],
  extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
  extraVolumeMounts: [{ name: 'ca', mountPath: '/ca', readOnly: true }],
  service: { type: 'LoadBalancer', annotations: { a: 'b' }, loadBalancerSourceRanges: ['10.0.0.0/8'] },
  ingress: {
    enabled: true, className: 'nginx', hosts: ['thumbs.example'], annotations: { a: 'b' },
    tls: [{ secretName: 'tls', hosts: ['thumbs.example'] }],
  },
  httpRoute: { enabled: true, parentRefs: [{ name: 'gateway' }], hostnames: ['thumbs.example'] },
  networkPolicy: {
    apiFrom: [{ podSelector: {} }],
    extraEgress: [{ ports: [{ port: 9000 }] }],
  },
  serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/thumbs' } },
  monitoring: {
    serviceMonitor: { enabled: true, labels: { release: 'monitoring' } },
    prometheusRule: { enabled: true },
    dashboard: { enabled: true },
  },
  extraObjects: [{
    apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-extra' }, data: { a: 'b' },
  }],
};
const placed = {
  affinity: { nodeAffinity: {} }, nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'spot', operator: 'Exists' }],
  priorityClassName: 'high', podAnnotations: { a: 'b' }, podLabels: { c: 'd' },
};
const matrix = {
  'the defaults': single,
  split,
  ...examples,
  'all of single': merge(everything, { single: placed }),
  'all of split': merge(everything, split, { api: placed, worker: placed }),
  'split with KEDA': merge(split, { worker: { autoscaling: { type: 'keda' } } }),
  'split without autoscaling': merge(split, {
    api: { autoscaling: { enabled: false } }, worker: { autoscaling: { enabled: false } },
  }),
  'single on S3': { storage: split.storage },
  'single behind TLS': { tls: { existingSecret: 'thumbs-tls' }, monitoring: { serviceMonitor: { enabled: true } } },
  'split behind TLS': merge(everything, split, { tls: { existingSecret: 'thumbs-tls', caKey: 'ca.crt' } }),
  'a bare minimum': {
    networkPolicy: { enabled: false }, serviceAccount: { create: false }, tests: { enabled: false },
    auth: { insecure: true }, storage: { pvc: { existingClaim: 'images', keep: false } }, preStopSeconds: 0,
  },
};
const resources = (cpu) => ({ requests: { cpu, memory: '123Mi' }, limits: { memory: '1234Mi' } });
/** Every value other than its default, in as many kinds of installation as it takes. */
const odd = {
  'an odd single': {
    mode: 'single', nameOverride: 'odd', commonLabels: { team: 'pictures' },
    image: { repository: 'odd.example/thumbs', tag: 'v9', pullPolicy: 'Always', pullSecrets: ['odd-registry'] },
    listenAddress: '[::]', drainSeconds: 77, preStopSeconds: 11,
    auth: { insecure: true, publicHosts: ['odd.example'] },
    storage: { type: 'pvc', pvc: { size: '11Gi', storageClassName: 'odd-disks', accessMode: 'ReadWriteOncePod', keep: false, annotations: { odd: 'claim' } } },
    single: { replicas: 1, concurrency: 7, resources: resources('321m'), ...placed },
    service: { type: 'NodePort', port: 8088, nodePort: 30099, ipFamilyPolicy: 'PreferDualStack', annotations: { odd: 'service' } },
    networkPolicy: { metricsFrom: [{ namespaceSelector: { matchLabels: { odd: 'watchers' } } }] },
    serviceAccount: { create: false, name: 'odd-account' },
    openshift: true, podSecurityContext: { supplementalGroups: [4711] }, containerSecurityContext: { runAsUser: 4712 },
    probes: { startupFailureThreshold: 91, livenessPeriodSeconds: 92, readinessPeriodSeconds: 93 },
    monitoring: { scrapeAnnotations: true }, tests: { enabled: false },
  },
  'an odd split': {
    mode: 'split', fullnameOverride: 'oddly',
    image: { digest: `sha256:${'5'.repeat(64)}` },
    config: { 'max-queued': 4321 }, extraEnv: [{ name: 'ODD', value: 'x' }],
    auth: { existingSecret: 'odd-auth', tokensKey: 'odd-tokens', readTokenKey: 'odd-read', submitTokenKey: 'odd-submit' },
    tls: { existingSecret: 'odd-tls', caKey: 'odd-ca', serverName: 'odd.example' },
    store: { type: 'redis', redis: { url: 'rediss://odd.example:6399/3', passwordSecret: 'odd-password', passwordSecretKey: 'odd-word' } },
    storage: {
      type: 's3',
      s3: { bucket: 'odd-bucket', prefix: 'odd-prefix', region: 'odd-west-1', endpoint: 'https://odd.example:9443', parameters: { timeout: '17s' }, existingSecret: 'odd-keys' },
    },
    api: {
      ...placed, resources: resources('322m'), pdb: { maxUnavailable: 2 }, topologySpread: false, antiAffinity: false,
      autoscaling: { minReplicas: 3, maxReplicas: 33, targetCPUUtilizationPercentage: 61, behavior: { scaleDown: { stabilizationWindowSeconds: 611 } } },
    },
    worker: {
      ...placed, concurrency: 5, resources: resources('323m'), pdb: { maxUnavailable: '17%' }, topologySpread: false, antiAffinity: false,
      autoscaling: {
        type: 'keda', minReplicas: 4, maxReplicas: 44, targetCPUUtilizationPercentage: 62, backlogPerPod: 19, oldestAgeSeconds: 29,
        behavior: { scaleDown: { stabilizationWindowSeconds: 612 } }, prometheusAddress: 'http://odd.example:9090',
      },
    },
    service: { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.9.0.0/16'] },
    ingress: { enabled: true, className: 'odd-class', hosts: ['odd.example'], path: '/odd', annotations: { odd: 'ingress' }, tls: [{ secretName: 'odd-ingress' }] },
    httpRoute: { enabled: true, parentRefs: [{ name: 'odd-gateway' }], hostnames: ['odd.example'], annotations: { odd: 'route' } },
    serviceAccount: { name: 'odd-account', annotations: { odd: 'account' } },
    openshift: false,
    monitoring: {
      serviceMonitor: { enabled: true, labels: { odd: 'monitor' }, interval: '17s' },
      prometheusRule: {
        enabled: true, labels: { odd: 'rules' }, redisJob: 'odd-redis', runbookUrl: 'https://odd.example/runbooks',
        oldestAgeSeconds: 119, errorRatio: 0.07, crashRatio: 0.03,
      },
      dashboard: { enabled: true, labels: { grafana_dashboard: 'odd' }, annotations: { odd: 'folder' }, loki: true },
    },
  },
  'an odd trial': {
    mode: 'split',
    api: { replicas: 9, autoscaling: { enabled: false }, pdb: { enabled: false } },
    worker: { replicas: 8, autoscaling: { enabled: false }, pdb: { enabled: false } },
    store: { type: 'redis' }, storage: { type: 'redis' },
    redis: {
      bundled: true, image: 'odd.example/redis:7', maxMemory: '99mb', appendfsync: 'everysec', resources: resources('324m'), size: '3Gi',
      storageClassName: 'odd-disks', exporter: { enabled: true, image: 'odd.example/exporter:1' },
    },
  },
  'an odd claim': { storage: { type: 'pvc', pvc: { existingClaim: 'odd-claim' } } },
  'an odd URL': merge(split, { store: { redis: { url: '', existingSecret: 'odd-url', existingSecretKey: 'odd-link' } }, redis: { exporter: { enabled: false } } }),
};

test('helm lint --strict is content with every set of values', () => {
  for (const name of Object.keys(examples)) {
    const { status, stdout, stderr } = helm('lint', '--strict', chart, '--values', join(chart, name));
    assert.equal(status, 0, `${name}: ${stdout}${stderr}`);
  }
});

for (const [name, values] of Object.entries({ ...matrix, ...odd })) {
  test(`Kubernetes' schemas accept the objects of ${name}`, () => {
    const objects = render(values);
    assert.ok(objects.length >= 4);
    for (const object of objects) {
      const faults = faultsOf(object);
      assert.equal(faults, null, `${object.kind} ${object.metadata.name}:\n${faults}`);
    }
    const names = objects.map((object) => `${object.kind}/${object.metadata.name}`);
    assert.equal(new Set(names).size, names.length, 'two objects have one name');
  });
}

test('a field that Kubernetes does not know would be found', () => {
  const deployment = find(render(), 'Deployment');
  deployment.spec.template.spec.containers[0].readynessProbe = {};
  assert.match(faultsOf(deployment), /readynessProbe/);
});

/** The templates of pods, whoever carries them. */
const podsOf = (objects) => [
  ...all(objects, 'Deployment', 'StatefulSet').map((object) => object.spec.template),
  ...all(objects, 'Pod'),
];

test('every pod keeps to the restricted Pod Security Standard, with a read-only root', () => {
  for (const [name, values] of Object.entries(matrix)) {
    for (const { spec } of podsOf(render(values))) {
      assert.equal(spec.securityContext.runAsNonRoot, true, name);
      assert.equal(spec.securityContext.seccompProfile.type, 'RuntimeDefault', name);
      assert.equal(spec.automountServiceAccountToken, false, name);
      assert.equal(spec.enableServiceLinks, false, name);
      for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) assert.equal(spec[field], undefined);
      for (const container of spec.containers) {
        assert.deepEqual(container.securityContext, {
          allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] },
        }, name);
        assert.ok(container.resources.limits.memory, `${name}: ${container.name} has no limit on memory`);
      }
      // What thumbd's image runs (bash, too) writes temporary files.
      for (const container of spec.containers.filter(({ name }) => ['thumbd', 'submit'].includes(name))) {
        const mount = container.volumeMounts.find(({ mountPath }) => mountPath === '/tmp');
        assert.ok(spec.volumes.some((volume) => volume.name === mount?.name && volume.emptyDir), `${name}: ${container.name} has no /tmp`);
      }
      for (const volume of spec.volumes ?? []) assert.equal(volume.hostPath, undefined);
    }
  }
});

test('thumbd is probed on its routes, and has time to drain', () => {
  for (const values of [single, split]) {
    for (const { spec } of all(render(values), 'Deployment').map((object) => object.spec.template)) {
      const [thumbd] = spec.containers;
      assert.equal(thumbd.startupProbe.httpGet.path, '/livez');
      assert.equal(thumbd.livenessProbe.httpGet.path, '/livez');
      assert.equal(thumbd.readinessProbe.httpGet.path, '/readyz');
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
        assert.equal(thumbd[probe].httpGet.port, 'http');
      }
      assert.ok(thumbd.startupProbe.periodSeconds * thumbd.startupProbe.failureThreshold >= 60);
      assert.deepEqual(thumbd.lifecycle.preStop.exec.command, ['sleep', '5']);
      // preStop 5 s, drain 25 s, and some to spare.
      assert.equal(spec.terminationGracePeriodSeconds, 40);
    }
  }
});

test('selectors match the pods that they mean', () => {
  const matches = (selector, labels) => Object.entries(selector).every(([key, value]) => labels[key] === value);
  for (const [name, values] of Object.entries(matrix)) {
    const objects = render(values);
    const pods = podsOf(objects).map((pod) => pod.metadata.labels);
    const chosen = (selector) => pods.filter((labels) => matches(selector, labels))
      .map((labels) => labels['app.kubernetes.io/component']);
    for (const object of all(objects, 'Deployment', 'StatefulSet')) {
      assert.ok(matches(object.spec.selector.matchLabels, object.spec.template.metadata.labels), name);
      assert.equal(chosen(object.spec.selector.matchLabels).length, 1, `${name}: ${object.metadata.name}`);
    }
    const front = find(objects, 'Service', 'thumbs-thumbjobs');
    assert.deepEqual(chosen(front.spec.selector), [values.mode === 'split' ? 'api' : 'all'], name);
    const metrics = find(objects, 'Service', 'thumbs-thumbjobs-metrics');
    assert.deepEqual(chosen(metrics.spec.selector).sort(), values.mode === 'split' ? ['api', 'worker'] : ['all']);
    for (const policy of all(objects, 'NetworkPolicy')) {
      assert.ok(chosen(policy.spec.podSelector.matchLabels).length > 0, `${name}: ${policy.metadata.name}`);
    }
    for (const budget of all(objects, 'PodDisruptionBudget')) {
      assert.equal(chosen(budget.spec.selector.matchLabels).length, 1);
    }
    for (const monitor of all(objects, 'ServiceMonitor')) {
      const services = all(objects, 'Service')
        .filter((service) => matches(monitor.spec.selector.matchLabels, service.metadata.labels));
      assert.equal(services.length, 1, `${name}: ${monitor.metadata.name}`);
      assert.ok(services[0].spec.ports.some((port) => port.name === monitor.spec.endpoints[0].port));
    }
    for (const scaler of all(objects, 'HorizontalPodAutoscaler', 'ScaledObject')) {
      find(objects, 'Deployment', scaler.spec.scaleTargetRef.name);
    }
  }
});

test('what an autoscaler scales has no replicas of its own, and nothing else lacks them', () => {
  for (const [name, values] of Object.entries(matrix)) {
    const objects = render(values);
    const scaled = all(objects, 'HorizontalPodAutoscaler', 'ScaledObject')
      .map((object) => object.spec.scaleTargetRef.name);
    for (const { metadata, spec } of all(objects, 'Deployment')) {
      assert.equal('replicas' in spec, !scaled.includes(metadata.name), `${name}: ${metadata.name}`);
    }
  }
});

test('workers scale by CPU, by the queue and by its age: up at once, down slowly', () => {
  const { spec } = find(render(split), 'HorizontalPodAutoscaler', 'thumbs-thumbjobs-worker');
  assert.deepEqual(spec.metrics.map((metric) => metric.resource?.name ?? metric.external.metric.name),
    ['cpu', 'thumbjobs_backlog_jobs', 'thumbjobs_queue_oldest_age_seconds']);
  assert.equal(spec.behavior.scaleUp.stabilizationWindowSeconds, 0);
  assert.ok(spec.behavior.scaleDown.stabilizationWindowSeconds >= 300);
  const keda = find(render(merge(split, { worker: { autoscaling: { type: 'keda' } } })), 'ScaledObject');
  assert.deepEqual(keda.spec.triggers.map((trigger) => trigger.type), ['cpu', 'prometheus', 'prometheus']);
});

test('mode single ends the old pod before it starts the new one', () => {
  assert.equal(find(render(), 'Deployment').spec.strategy.type, 'Recreate');
  for (const object of all(render(split), 'Deployment')) assert.equal(object.spec.strategy.type, 'RollingUpdate');
});

test('on OpenShift no user and no group are forced', () => {
  for (const values of [{ openshift: true }, merge(split, { openshift: true }),
    merge(examples['examples/trial.yaml'], { openshift: true })]) {
    for (const { spec } of podsOf(render(values))) {
      for (const field of ['runAsUser', 'runAsGroup', 'fsGroup']) assert.equal(spec.securityContext[field], undefined);
    }
  }
  const found = render({}, '--api-versions', 'security.openshift.io/v1');
  assert.equal(find(found, 'Deployment').spec.template.spec.securityContext.fsGroup, undefined);
  assert.equal(find(render(), 'Deployment').spec.template.spec.securityContext.fsGroup, 10001);
});

test('secrets come from Secrets: by file where they may change, never as plain text', () => {
  const spec = find(render(merge(single, { auth: { existingSecret: 'mine' } })), 'Deployment').spec.template.spec;
  const volume = spec.volumes.find((entry) => entry.name === 'auth');
  assert.equal(volume.secret.secretName, 'mine');
  const mount = spec.containers[0].volumeMounts.find((entry) => entry.name === 'auth');
  assert.equal(mount.subPath, undefined, 'a subPath would not follow changes of the Secret');
  const kept = render(merge(split, { store: { redis: { url: '', existingSecret: 'redis', existingSecretKey: 'link' } } }));
  const store = find(kept, 'Deployment', 'thumbs-thumbjobs-worker').spec.template.spec.containers[0].env
    .find((entry) => entry.name === 'THUMBD_STORE');
  assert.deepEqual(store.valueFrom.secretKeyRef, { name: 'redis', key: 'link' });
  const trial = render(examples['examples/trial.yaml']);
  const { password } = find(trial, 'Secret', 'thumbs-thumbjobs-redis').stringData;
  for (const object of trial.filter((entry) => entry.kind !== 'Secret')) {
    assert.ok(!JSON.stringify(object).includes(password), `${object.kind} ${object.metadata.name}`);
  }
});

test("Redis' password is a file, which is read again for new connections, whatever the URL", () => {
  for (const [url, separator] of [['redis://r:6379/0', '?'], ['rediss://r:6379/0?tls_verify=ca', '&']]) {
    const objects = render(merge(split, { store: { redis: { url, passwordSecret: 'redis', passwordSecretKey: 'word' } } }));
    const { containers: [thumbd], volumes } = find(objects, 'Deployment', 'thumbs-thumbjobs-api').spec.template.spec;
    assert.equal(thumbd.env.find(({ name }) => name === 'THUMBD_STORE').value,
      `${url}${separator}password_file=/etc/thumbjobs/redis/password`);
    const { mountPath, subPath } = thumbd.volumeMounts.find(({ name }) => name === 'redis');
    assert.deepEqual([mountPath, subPath], ['/etc/thumbjobs/redis', undefined]);
    assert.deepEqual(volumes.find(({ name }) => name === 'redis').secret,
      { secretName: 'redis', items: [{ key: 'word', path: 'password' }], defaultMode: 0o440 });
  }
});

test('with a certificate thumbd speaks TLS, and everybody who calls it does', () => {
  const objects = render(matrix['split behind TLS']);
  for (const component of ['api', 'worker']) {
    const { containers: [thumbd], volumes } = find(objects, 'Deployment', `thumbs-thumbjobs-${component}`).spec.template.spec;
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) assert.equal(thumbd[probe].httpGet.scheme, 'HTTPS');
    const mount = thumbd.volumeMounts.find(({ name }) => name === 'tls');
    assert.equal(mount.subPath, undefined, 'a subPath would not follow a renewal');
    const settings = find(objects, 'ConfigMap', 'thumbs-thumbjobs').data;
    const { secretName, items } = volumes.find(({ name }) => name === 'tls').secret;
    assert.equal(secretName, 'thumbs-tls');
    assert.deepEqual(items.map(({ path }) => `${mount.mountPath}/${path}`), [settings.THUMBD_TLS_CERT, settings.THUMBD_TLS_KEY]);
  }
  assert.equal(find(objects, 'Service', 'thumbs-thumbjobs').spec.ports[0].appProtocol, 'https');
  const [endpoint] = find(objects, 'ServiceMonitor', 'thumbs-thumbjobs').spec.endpoints;
  assert.equal(endpoint.scheme, 'https');
  assert.deepEqual(endpoint.tlsConfig, { serverName: 'thumbs-thumbjobs.pictures.svc', ca: { secret: { name: 'thumbs-tls', key: 'ca.crt' } } });
  const env = Object.fromEntries(find(objects, 'Pod').spec.containers[0].env.map(({ name, value }) => [name, value]));
  assert.deepEqual([env.TLS, env.TLS_CA], ['thumbs-thumbjobs.pictures.svc', '/tls/ca.crt']);
  const [unchecked] = find(render(matrix['single behind TLS']), 'ServiceMonitor').spec.endpoints;
  assert.deepEqual(unchecked.tlsConfig, { insecureSkipVerify: true });
});

test('thumbd gets out to the ports of its URLs, and the test pod gets in', () => {
  const policies = (values) => all(render(values), 'NetworkPolicy');
  const ports = (values) => policies(values)[0].spec.egress.filter(({ to }) => !to).flatMap((rule) => rule.ports.map(({ port }) => port));
  assert.deepEqual(ports(split), [53, 53, 443, 6379, 26379]);
  assert.deepEqual(ports(merge(split, {
    store: { redis: { url: 'redis+sentinel://a:26380,b:26381/0?master=m' } },
    storage: { s3: { endpoint: 'http://minio.example:9000' } },
  })).slice(5), [26380, 26381, 9000]);
  assert.deepEqual(ports(merge(split, { storage: { s3: { endpoint: 'http://minio' } } })).slice(5), [80]);
  const [, api] = policies(merge(split, { networkPolicy: { apiFrom: [{ podSelector: { matchLabels: { app: 'shop' } } }] } }));
  const test = find(render(split), 'Pod').metadata.labels;
  assert.ok(api.spec.ingress[0].from.some(({ podSelector: { matchLabels } }) => Object.entries(matchLabels).every(([key, value]) => test[key] === value)));
});

test('image, service and storage are what the values say', () => {
  const image = (values) => find(render(values), 'Deployment').spec.template.spec.containers[0].image;
  assert.equal(image({ image: { repository: 'r/t', tag: '1' } }), 'r/t:1');
  assert.equal(image({ image: { repository: 'r/t', tag: '1', digest: `sha256:${'a'.repeat(64)}` } }),
    `r/t@sha256:${'a'.repeat(64)}`);
  const port = find(render({ service: { type: 'NodePort' } }), 'Service', 'thumbs-thumbjobs').spec.ports[0];
  assert.equal(port.nodePort, 30080);
  const settings = find(render(split), 'ConfigMap', 'thumbs-thumbjobs').data;
  assert.equal(settings.THUMBD_STORAGE, 's3://pictures?region=eu-central-1');
  assert.equal(settings.THUMBD_DRAIN_TIME, '25s');
  assert.deepEqual(find(render(), 'PersistentVolumeClaim').spec.accessModes, ['ReadWriteOnce']);
});

test('thumbd accepts the settings of the ConfigMap', () => {
  for (const values of [single, { auth: { insecure: true } }, { config: { 'max-upload-bytes': '32MiB', originals: 'delete' } }]) {
    const settings = find(render(values), 'ConfigMap', 'thumbs-thumbjobs').data;
    const text = execFileSync(process.env.THUMBD, ['--role=all', '--print-config'], { env: settings, encoding: 'utf8' });
    assert.match(text, /^role = all/m);
  }
  // Numbers of any size are whole: Helm has them as floating point, which prints as 1e+08.
  const large = find(render({ config: { 'max-pixels': 100000000, 'max-queued': 2500000 } }), 'ConfigMap', 'thumbs-thumbjobs').data;
  assert.deepEqual([large.THUMBD_MAX_PIXELS, large.THUMBD_MAX_QUEUED], ['100000000', '2500000']);
});

const refused = [
  [{ mode: 'split' }, /needs store.type: redis/],
  [{ single: { replicas: 2 } }, /single.replicas is 2/],
  [merge(split, { storage: { type: 'pvc' } }), /ReadWriteMany/],
  [{ mode: 'split', store: { type: 'redis' }, storage: split.storage }, /where\? Set store.redis.url/],
  [merge(split, { redis: { bundled: true } }), /which of the two Redis/],
  [{ redis: { bundled: true } }, /nothing would use it/],
  [merge(split, { store: { redis: { url: 'redis://:secret@redis:6379' } } }), /passwordSecret/],
  [merge(split, { store: { redis: { existingSecret: 'redis' } } }), /give one of them/],
  [merge(split, { storage: { s3: { bucket: '' } } }), /storage.s3.bucket/],
  [merge(split, { api: { autoscaling: { minReplicas: 20 } } }), /above maxReplicas/],
  [merge(split, { worker: { resources: { requests: { cpu: null } } } }), /requests.cpu is not set/],
  [merge(split, { worker: { autoscaling: { minReplicas: 0 } } }), /type: keda/],
  [merge(split, { worker: { autoscaling: { targetCPUUtilizationPercentage: 0, backlogPerPod: 0, oldestAgeSeconds: 0 } } }),
    /nothing to scale by/],
  [merge(split, { worker: { autoscaling: { type: 'keda', minReplicas: 0, backlogPerPod: 0, oldestAgeSeconds: 0 } } }),
    /no worker would ever start/],
  [{ auth: { insecure: true, existingSecret: 'mine' } }, /contradict/],
  [{ monitoring: { scrapeAnnotations: true } }, /answered 401/],
  [{ auth: { insecure: true }, monitoring: { scrapeAnnotations: true, serviceMonitor: { enabled: true } } }, /twice/],
  [{ ingress: { enabled: true } }, /ingress.hosts/],
  [{ httpRoute: { enabled: true } }, /parentRefs/],
  [{ serviceAccount: { create: false, annotations: { a: 'b' } } }, /annotate your own/],
  // What the schema of the values refuses.
  [{ replicaCount: 3 }, /replicaCount/],
  [{ api: { replica: 3 } }, /replica/],
  [{ service: { type: 'Nodeport' } }, /service.type|\/service\/type/],
  [{ image: { digest: 'latest' } }, /digest/],
  [{ config: { listen: ':80' } }, /propertyName 'listen'/],
  [{ config: { 'max-uploads': '1' } }, /propertyName 'max-uploads'/],
  [{ worker: { concurrency: 0 } }, /concurrency/],
];
for (const [values, sentence] of refused) {
  test(`refused: ${JSON.stringify(values).slice(0, 100)}`, () => {
    const text = refusal(values);
    assert.ok(text, 'it was accepted');
    assert.match(text, sentence);
  });
}

test('the schema names every value, and every option of thumbd that the chart leaves to the user', () => {
  const schema = JSON.parse(read('helm/thumbjobs/values.schema.json'));
  const values = yaml.parse(read('helm/thumbjobs/values.yaml'));
  const check = new Ajv({ strict: false }).compile(schema);
  assert.ok(check(values), JSON.stringify(check.errors));
  const compare = (part, value, path) => {
    if (!part?.properties) return;
    assert.equal(part.additionalProperties, false, `${path} takes anything`);
    const named = Object.keys(part.properties).filter((name) => name !== 'global');
    assert.deepEqual(named.sort(), Object.keys(value).sort(), `values.yaml and values.schema.json differ in ${path || 'the top level'}`);
    for (const name of named) {
      if (value[name] && typeof value[name] === 'object') compare(part.properties[name], value[name], `${path}.${name}`);
    }
  };
  compare(schema, values, '');

  assert.deepEqual(schema.properties.config.propertyNames.enum, chartOptions(),
    'options of thumbd came or went; run: node helm/chart-options.mjs');
});

test('every value is set to something unusual above, which the objects then show', () => {
  const leaves = (value, path) => (value && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0
    ? Object.entries(value).flatMap(([name, part]) => leaves(part, path ? `${path}.${name}` : name)) : [[path, value]]);
  const set = [];
  for (const values of Object.values(odd)) {
    const text = JSON.stringify(render(values));
    for (const [path, value] of leaves(values, '')) {
      set.push(path);
      // Kinds decide which objects there are.
      if (/^(mode|.*type)$/.test(path)) continue;
      for (const word of [value].flat()) {
        if (['string', 'number'].includes(typeof word)) assert.ok(text.includes(JSON.stringify(word).replaceAll('"', '')), `${path}: ${word} has no effect`);
      }
    }
  }
  const others = Object.values(matrix).flatMap((values) => leaves(values, '').map(([path]) => path));
  const covered = (path, paths) => paths.some((other) => other === path || other.startsWith(`${path}.`) || path.startsWith(`${other}.`));
  const missing = leaves(yaml.parse(read('helm/thumbjobs/values.yaml')), '').filter(([path, value]) => (
    !covered(path, set) && !(['boolean', 'object'].includes(typeof value) && covered(path, others))));
  assert.deepEqual(missing.map(([path]) => path), []);
});

test('README.md of the chart is made from values.yaml, where every value is explained', () => {
  assert.equal(read('helm/thumbjobs/README.md'),
    execFileSync('node', [join(root, 'helm/chart-readme.mjs')], { encoding: 'utf8' }),
    'run: node helm/chart-readme.mjs > helm/thumbjobs/README.md');
  const explained = documentedValues(read('helm/thumbjobs/values.yaml')).map(([path]) => path);
  const missing = [];
  const walk = (value, path) => {
    if (explained.includes(path) && (typeof value !== 'object' || Array.isArray(value))) return;
    const below = value && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : [];
    if (below.length === 0) {
      if (!explained.includes(path)) missing.push(path);
    } else if (!(explained.includes(path) && !explained.some((other) => other.startsWith(`${path}.`)))) {
      for (const [name, part] of below) walk(part, path ? `${path}.${name}` : name);
    }
  };
  walk(yaml.parse(read('helm/thumbjobs/values.yaml')), '');
  assert.deepEqual(missing, []);
  assert.ok(explained.length > 100);
});

test('helm test submits an image: its script works against a thumbd', { timeout: 60000 }, async () => {
  const { withThumbd } = await import('./thumbd.mjs');
  const script = find(render(), 'ConfigMap', 'thumbs-thumbjobs-test').data['submit.sh'];
  await withThumbd([], async ({ host, port }) => {
    const text = execFileSync('bash', ['-c', script, 'submit.sh', host, port], { encoding: 'utf8' });
    assert.match(text, /succeeded; its thumbnail has \d+ bytes/);
    healthy(port, {});
  });
  // The same behind TLS, and not past a certificate of somebody else.
  const name = 'thumbs-thumbjobs.pictures.svc';
  const [own, other] = [makeCertificate(name), makeCertificate(name)];
  const tls = ['--tls-cert', join(own, 'tls.crt'), '--tls-key', join(own, 'tls.key')];
  await withThumbd(tls, async ({ host, port }) => {
    const submit = (folder) => spawnSync('bash', ['-c', script, 'submit.sh', host, port],
      { encoding: 'utf8', env: { ...process.env, TLS: name, TLS_CA: join(folder, 'tls.crt') } });
    const { stdout, stderr } = submit(own);
    assert.match(stdout, /succeeded; its thumbnail has \d+ bytes/, stderr);
    assert.notEqual(submit(other).status, 0, 'a stranger got the token');
    healthy(port, { THUMBD_TLS_CERT: tls[1] });
  });
});

/** The image's health check against a thumbd on this port, and against none. */
function healthy(port, env) {
  const check = (listen) => spawnSync('bash', [join(root, 'docker/healthcheck.sh')],
    { env: { ...process.env, ...env, THUMBD_LISTEN: `0.0.0.0:${listen}` } }).status;
  assert.equal(check(port), 0);
  assert.notEqual(check(1), 0);
}
