// Holds the arguments and attributes in helm/terraform to what the AWS provider knows, where the
// provider itself, and so `terraform validate`, is out of reach: by the description of it that
// npm's @cdktf/provider-aws is. By hand, since that package is large:
//
//   npm pack @cdktf/provider-aws@19 && tar xzf cdktf-provider-aws-*.tgz     # made of provider 5
//   NODE_PACKAGES=build/dev/tests/kubernetes node helm/terraform-arguments.mjs package
//
// Finds unknown and missing arguments, in nested blocks too, and attributes that do not exist. Does not
// look at types and values. Exits with 1 if it found something.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [library] = process.argv.slice(2);
if (!library || !process.env.NODE_PACKAGES) {
  console.error('usage: NODE_PACKAGES=FOLDER node helm/terraform-arguments.mjs PACKAGE');
  process.exit(2);
}
const { parse } = createRequire(resolve(process.env.NODE_PACKAGES, 'package.json'))('@cdktf/hcl2json');
const folder = new URL('terraform/', import.meta.url);
/** Terraform's own, in every block. */
const meta = ['count', 'for_each', 'depends_on', 'lifecycle', 'provider'];

const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
const plain = (name) => name.replaceAll('_', '').toLowerCase();

/** What the package says of a resource or data source: its arguments, those of its blocks, and what is required. */
function describe(kind, type) {
  const module = join(library, 'lib', `${kind === 'data' ? 'data-aws-' : ''}${type.replace('aws_', '').replaceAll('_', '-')}`);
  const code = readFileSync(join(module, 'index.js'), 'utf8');
  const types = readFileSync(join(module, 'index.d.ts'), 'utf8');
  const argumentsIn = (text) => Object.fromEntries([...text.matchAll(/^ {8,12}(\w+): \{\n\s+value: (.*),\n\s+isBlock: (?:true|false),/gm)]
    .map(([, name, value]) => [name, plain(value.match(/(\w+)ToHclTerraform/)?.[1] ?? '')]));
  const blocks = Object.fromEntries([...code.matchAll(/^function (\w+)ToHclTerraform\(struct\) \{([^]*?)^\}/gm)]
    .map(([, name, body]) => [plain(name), argumentsIn(body)]));
  const required = Object.fromEntries([...types.matchAll(/^export interface (\w+)[^{]*\{([^]*?)^\}/gm)]
    .map(([, name, body]) => [plain(name), [...body.matchAll(/^ {4}readonly (\w+): /gm)].map((match) => match[1])]));
  const own = plain(`${kind === 'data' ? 'data_aws_' : ''}${type.replace('aws_', '')}`);
  blocks[own] = argumentsIn(code.slice(code.lastIndexOf('synthesizeHclAttributes()')));
  required[own] = required[`${own}config`] ?? required[`${own}aconfig`];
  return { own, blocks, required, types };
}

const faults = [];
let count = 0;

function check(where, object, name, { blocks, required }) {
  for (const [argument, value] of Object.entries(object)) {
    if (meta.includes(argument)) continue;
    ++count;
    const block = blocks[name][argument];
    if (block === undefined) faults.push(`${where}: ${argument} is unknown`);
    for (const part of blocks[block] ? [value].flat() : []) {
      if (typeof part === 'object') check(`${where}.${argument}`, part, block, { blocks, required });
    }
  }
  const given = Object.keys(object).map(camel);
  if (!required[name]) faults.push(`${where}: what is required is not known`);
  for (const argument of required[name] ?? []) if (!given.includes(argument)) faults.push(`${where}: ${argument} is missing`);
}

const files = readdirSync(folder).filter((name) => name.endsWith('.tf'));
const texts = files.map((name) => readFileSync(new URL(name, folder), 'utf8'));
const known = {};
for (const [index, text] of texts.entries()) {
  const parsed = await parse(files[index], text);
  for (const kind of ['resource', 'data']) {
    for (const [type, named] of Object.entries(parsed[kind] ?? {}).filter(([name]) => name.startsWith('aws_'))) {
      const description = known[`${kind} ${type}`] ??= describe(kind, type);
      for (const [name, [object]] of Object.entries(named)) check(`${type}.${name}`, object, description.own, description);
    }
  }
}
let references = 0;
for (const [index, text] of texts.entries()) {
  for (const [, data, type, attribute] of text.matchAll(/(data\.)?\b(aws_\w+)\.\w+(?:\[[^\]]*\])?\.(\w+)/g)) {
    ++references;
    const types = known[`${data ? 'data' : 'resource'} ${type}`]?.types ?? '';
    if (!new RegExp(`\\b(get ${camel(attribute)}\\(|readonly ${camel(attribute)}\\??:)`).test(types)) {
      faults.push(`${files[index]}: ${type} has no ${attribute}`);
    }
  }
}
console.log([...faults, `${count} arguments, ${references} references, ${faults.length} faults`].join('\n'));
process.exit(faults.length > 0 ? 1 : 0);
