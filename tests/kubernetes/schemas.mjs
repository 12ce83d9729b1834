// Holds objects to the schemas of Kubernetes and of the operators that the chart serves, strictly:
// a field that a schema does not name is an error, as it is for `kubectl --validate=strict`.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.NODE_PACKAGES, 'package.json'));
const Ajv = require('ajv');
const library = require('@kubernetes-models/validate');

const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
require('ajv-formats')(ajv);
ajv.addFormat('quantity', /^[+-]?[0-9.]+([eEinumkKMGTP]*[-+]?[0-9]*)$/);
ajv.addFormat('int-or-string', true);
ajv.addFormat('byte', true);

/** Closes every object that lists its properties and does not say that there may be others. */
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  if (copy.properties && !('additionalProperties' in copy) && !schema['x-kubernetes-preserve-unknown-fields']) {
    copy.additionalProperties = false;
  }
  return copy;
}

/** Inside anyOf and the like, where each part names some properties only, nothing may be closed. */
function strict(schema) {
  const copy = closed(schema);
  const open = (part) => {
    if (typeof part !== 'object' || part === null) return;
    for (const [key, value] of Object.entries(part)) {
      if (['allOf', 'anyOf'].includes(key)) {
        for (const option of value) delete option.additionalProperties;
      }
      open(value);
    }
  };
  open(copy);
  return copy;
}

// The models register their schemas with this library and validate by it.
library.register = (id, schema) => {
  if (!ajv.getSchema(id)) ajv.addSchema(strict(schema), id);
};
let errors = null;
library.validate = (id, data) => {
  const check = ajv.getSchema(id);
  errors = check(data) ? null : check.errors;
};

const packages = {
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api/',
  'keda.sh': '@kubernetes-models/keda/',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/',
};

/** What is wrong with an object, as text; null if nothing is. */
export function faultsOf(object) {
  const [group, version] = object.apiVersion.includes('/')
    ? object.apiVersion.split('/') : ['', object.apiVersion];
  let module;
  try {
    const folder = packages[group] ?? 'kubernetes-models/';
    module = require(`${folder}${group ? `${group}/` : ''}${version}/${object.kind}`);
  } catch (error) {
    return `${object.apiVersion} ${object.kind} is not known: ${error.message}`;
  }
  errors = null;
  new module[object.kind](object).validate();
  if (!errors) return null;
  return errors.map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`).join('\n');
}
