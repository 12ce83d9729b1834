// Brings the names of thumbd's options in the chart's schema up to those of docs/configuration.md:
//
//   node helm/chart-options.mjs
//
// Options that the chart sets itself are left out. A test compares.
import { readFileSync, writeFileSync } from 'node:fs';

const schemaFile = new URL('thumbjobs/values.schema.json', import.meta.url);

/** Set by the chart, from values of its own. */
const ours = ['listen', 'role', 'data-dir', 'store', 'storage', 'workers', 'token-file', 'insecure', 'public-host',
  'drain-time', 'spool-dir', 'tls-cert', 'tls-key'];

/** The options that the value `config` takes. */
export function chartOptions() {
  const table = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8');
  return [...table.matchAll(/^\| `--([a-z0-9-]+)/gm)].map((match) => match[1]).filter((name) => !ours.includes(name));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
  schema.properties.config.propertyNames.enum = chartOptions();
  writeFileSync(schemaFile, `${JSON.stringify(schema, null, 2)}\n`);
}
