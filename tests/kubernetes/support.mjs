// What the tests of the chart share.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const chart = join(root, 'helm/thumbjobs');
export const require = createRequire(join(process.env.NODE_PACKAGES, 'package.json'));
export const yaml = require('yaml');

/** A folder of this process, removed at its end. */
export const work = mkdtempSync(join(tmpdir(), 'thumbjobs-kubernetes-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const environment = { ...process.env, HELM_CACHE_HOME: work, HELM_CONFIG_HOME: work, HELM_DATA_HOME: work };

/** Runs Helm; its status, output and errors. */
export function helm(...words) {
  const { status, stdout, stderr } = spawnSync(process.env.HELM, words, { env: environment, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** A certificate of its own authority, as of a Secret of the type kubernetes.io/tls; the folder. */
export function makeCertificate(name) {
  const folder = mkdtempSync(join(work, 'tls-'));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1',
    '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')],
  { stdio: 'ignore' });
  return folder;
}

let files = 0;

function words(values, more) {
  const file = join(work, `values-${++files}.yaml`);
  // Helm reads YAML 1.1, in which a bare `off` is no text.
  writeFileSync(file, yaml.stringify(values, { version: '1.1' }));
  return ['template', 'thumbs', chart, '--namespace', 'pictures', '--values', file, ...more];
}

/** The objects of the chart with these values. */
export function render(values = {}, ...more) {
  const text = execFileSync(process.env.HELM, words(values, more), { env: environment, encoding: 'utf8' });
  return yaml.parseAllDocuments(text).map((document) => document.toJS()).filter(Boolean);
}

/** With what sentence the chart refuses these values; null if it does not. */
export function refusal(values, ...more) {
  const { status, stderr } = helm(...words(values, more));
  return status === 0 ? null : stderr;
}

export function find(objects, kind, name) {
  const found = objects.filter((object) => object.kind === kind && (!name || object.metadata.name === name));
  if (found.length !== 1) throw new Error(`${found.length} objects are ${kind} ${name ?? ''}`);
  return found[0];
}

export const all = (objects, ...kinds) => objects.filter((object) => kinds.includes(object.kind));

/** The smallest values of each kind of installation. */
export const single = {};
export const split = {
  mode: 'split',
  store: { type: 'redis', redis: { url: 'redis://redis.example:6379/0' } },
  storage: { type: 's3', s3: { bucket: 'pictures', region: 'eu-central-1' } },
};

export function merge(base, ...others) {
  const result = structuredClone(base);
  for (const other of others) {
    for (const [key, value] of Object.entries(other)) {
      const both = [result[key], value].every((side) => side && typeof side === 'object' && !Array.isArray(side));
      result[key] = both ? merge(result[key], value) : structuredClone(value);
    }
  }
  return result;
}
