// Prints the README of the chart: an introduction, and a table of every value made of the comments
// in values.yaml that begin with `--`.
//
//   node helm/chart-readme.mjs > helm/thumbjobs/README.md
//
// A test compares the two, and holds every value to have such a comment.
import { readFileSync } from 'node:fs';

const chart = new URL('thumbjobs/', import.meta.url);

/** [path, default, text] of each documented value. Two spaces a level, as values.yaml is written. */
export function documentedValues(yaml) {
  const rows = [];
  const path = [];
  let text = null;
  const lines = yaml.split('\n');
  for (let index = 0; index < lines.length; ++index) {
    const comment = lines[index].match(/^ *# ?(.*)$/);
    if (comment) {
      if (comment[1].startsWith('-- ')) text = comment[1].slice(3);
      else if (text !== null) text += ` ${comment[1]}`;
      continue;
    }
    const value = lines[index].match(/^( *)([A-Za-z0-9]+):(?: (.*))?$/);
    if (!value) {
      text = null;
      continue;
    }
    const [, indent, name, first = ''] = value;
    path.splice(indent.length / 2, Infinity, name);
    if (text === null) continue;
    // A default of several lines is shown by its first level.
    const below = [];
    while (first === '' && new RegExp(`^${indent}  +(\\S.*)`).test(lines[index + 1 + below.length] ?? '')
      && !/^ *#/.test(lines[index + 1 + below.length])) {
      below.push(lines[index + 1 + below.length].trim());
    }
    const parent = first === '' && /^ *(# --|[a-z]\w*:)/i.test(lines[index + 1] ?? '')
      && (lines[index + 1].trim().startsWith('#') || path.length === 1);
    rows.push([path.join('.'), parent ? '' : first || below.join(' '), text]);
    if (!parent) index += below.length;
    text = null;
  }
  return rows;
}

function readme() {
  const rows = documentedValues(readFileSync(new URL('values.yaml', chart), 'utf8'))
    .map(([path, value, text]) => `| \`${path}\` | ${value === '' ? '' : `\`${value}\``} | ${text.replaceAll('|', '\\|')} |`);
  return `# The chart thumbjobs

<!-- Made by \`node helm/chart-readme.mjs\`; a test compares. -->

Runs thumbd in Kubernetes 1.27 or newer. [docs/kubernetes.md](../../docs/kubernetes.md) explains
what to choose; [UPGRADE.md](UPGRADE.md) what to mind when going to a newer version.

The smallest installation, one pod with SQLite and a volume:

\`\`\`sh
helm install thumbs helm/thumbjobs --set image.repository=REGISTRY/thumbjobs
helm test thumbs
\`\`\`

API and workers apart, on a Redis and a bucket of yours (examples/ has more):

\`\`\`sh
helm install thumbs helm/thumbjobs --set image.repository=REGISTRY/thumbjobs --set mode=split \\
    --set store.type=redis --set store.redis.existingSecret=redis-url \\
    --set storage.type=s3 --set storage.s3.bucket=BUCKET --set storage.s3.region=REGION
\`\`\`

Values that do not exist, values out of range and combinations that cannot work are refused with a
sentence.

## Values

| Value | Default | Meaning |
|---|---|---|
${rows.join('\n')}
`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) process.stdout.write(readme());
