// The trial installation (examples/trial.yaml), played without a cluster: the bundled Redis by the very
// command of its pod, an API and a worker with the very environment and arguments of theirs, and the
// script of `helm test`.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { eventually, freePort } from './ports.mjs';
import { stop } from './thumbd.mjs';
import { chart, find, render, work, yaml } from './support.mjs';

const name = 'thumbs-thumbjobs';

test('API, worker and the bundled Redis make a thumbnail together', { timeout: 120000 }, async () => {
  const objects = render(yaml.parse(readFileSync(join(chart, 'examples/trial.yaml'), 'utf8')));
  const secrets = Object.fromEntries(objects.filter((object) => object.kind === 'Secret').map((object) => [object.metadata.name, object.stringData]));
  const environment = (container) => Object.fromEntries(container.env.map((entry) => [entry.name,
    entry.value ?? secrets[entry.valueFrom.secretKeyRef.name][entry.valueFrom.secretKeyRef.key]]));
  const children = [];
  try {
    // Redis, but on a free port and in a folder of ours.
    const port = await freePort();
    const folder = mkdtempSync(join(work, 'redis-'));
    const [pod] = find(objects, 'StatefulSet').spec.template.spec.containers;
    const command = pod.command.at(-1).replace('--dir /data', `--dir ${folder} --port ${port} --bind 127.0.0.1`);
    children.push(spawn('sh', ['-c', command], { env: { ...process.env, ...environment(pod) }, stdio: ['ignore', 'ignore', 'inherit'] }));
    await eventually('Redis answers', 60, () => execFileSync('redis-cli', ['-p', port, 'ping'],
      { env: { ...process.env, ...environment(pod) }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() === 'PONG');
    assert.equal(execFileSync('redis-cli', ['-p', port, 'config', 'get', 'appendonly'], { env: { ...process.env, ...environment(pod) }, encoding: 'utf8' }).trim(), 'appendonly\nyes');

    const auth = mkdtempSync(join(work, 'auth-'));
    writeFileSync(join(auth, 'tokens'), secrets[`${name}-auth`].tokens, { mode: 0o600 });
    writeFileSync(join(auth, 'password'), secrets[`${name}-redis`].password, { mode: 0o600 });
    const settings = find(objects, 'ConfigMap', name).data;
    const begin = async (component) => {
      const container = find(objects, 'Deployment', `${name}-${component}`).spec.template.spec.containers[0];
      const data = mkdtempSync(join(work, 'data-'));
      mkdirSync(data, { recursive: true });
      const env = { ...settings, ...environment(container), THUMBD_LISTEN: '127.0.0.1:0', THUMBD_DATA_DIR: data, THUMBD_TOKEN_FILE: join(auth, 'tokens') };
      for (const key of ['THUMBD_STORE', 'THUMBD_STORAGE']) {
        env[key] = env[key].replace(`${name}-redis:6379`, `127.0.0.1:${port}`)
          .replace('/etc/thumbjobs/redis/password', join(auth, 'password'));
        assert.match(env[key], /^redis:\/\/127\.0\.0\.1:/, key);
      }
      const child = spawn(process.env.THUMBD, container.args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      children.push(child);
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { output += text; });
      const url = await eventually(`the ${component} serves`, 60, () => {
        if (child.exitCode !== null) throw new Error(output);
        return output.match(/listening on (\S+)/)?.[1];
      }).catch((error) => { throw new Error(`${error.message}\n${output}`); });
      return new URL(url);
    };
    const api = await begin('api');
    await begin('worker');
    const script = find(objects, 'ConfigMap', `${name}-test`).data['submit.sh'];
    const text = execFileSync('bash', ['-c', script, 'submit.sh', api.hostname, api.port],
      { env: { ...process.env, TOKEN: secrets[`${name}-auth`]['submit-token'] }, encoding: 'utf8' });
    assert.match(text, /succeeded; its thumbnail has \d+ bytes/);
  } finally {
    // Redis as well: SIGTERM to what the pod's command began has to reach it.
    for (const child of children.reverse()) await stop(child);
  }
});
