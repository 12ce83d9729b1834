// Terraform's files, as data, and the two scripts around them with stand-ins for their tools. What only
// the provider knows (plan, apply) is not tried.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { StandIns, only } from './standins.mjs';
import { refusal, require, root } from './support.mjs';

const { parse } = require('@cdktf/hcl2json');
const folder = join(root, 'helm/terraform');
const files = readdirSync(folder).filter((name) => name.endsWith('.tf'));
const terraform = {};
const text = Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

before(async () => {
  for (const name of files) {
    for (const [kind, blocks] of Object.entries(await parse(name, text[name]))) {
      terraform[kind] ??= {};
      for (const [type, block] of Object.entries(blocks)) {
        terraform[kind][type] = kind === 'resource' || kind === 'data'
          ? { ...terraform[kind][type], ...block } : block;
      }
    }
  }
});

test('every file parses, and terraform fmt has nothing to change', (context) => {
  assert.ok(files.length >= 8);
  if (spawnSync('terraform', ['version']).status !== 0) {
    context.diagnostic('there is no terraform here: layout not checked');
    return;
  }
  const { status, stdout } = spawnSync('terraform', ['fmt', '-check', '-recursive', folder], { encoding: 'utf8' });
  assert.equal(status, 0, `run: terraform fmt helm/terraform\n${stdout}`);
});

test('every reference leads to something that is declared, and every variable is used', () => {
  const all = Object.values(text).join('\n').replace(/^\s*#.*$/gm, '');
  const used = new Set([...all.matchAll(/\bvar\.(\w+)/g)].map((match) => match[1]));
  assert.deepEqual([...used].sort(), Object.keys(terraform.variable).sort());
  const locals = [...all.matchAll(/^locals \{\n([^]*?)^\}/gm)].flatMap((match) => [...match[1].matchAll(/^ {2}(\w+) +?=/gm)].map((line) => line[1]));
  for (const [, name] of all.matchAll(/\blocal\.(\w+)/g)) assert.ok(locals.includes(name), `local.${name}`);
  for (const [, type, name] of all.matchAll(/(?<![\w."])(aws_\w+|random_\w+)\.(\w+)/g)) {
    assert.ok(terraform.resource[type]?.[name], `${type}.${name}`);
  }
  for (const [, type, name] of all.matchAll(/\bdata\.(\w+)\.(\w+)/g)) assert.ok(terraform.data[type]?.[name], `data.${type}.${name}`);
  for (const [name, [variable]] of Object.entries(terraform.variable)) assert.ok(variable.description, name);
  for (const [name, [output]] of Object.entries(terraform.output)) assert.ok(output.description, name);
});

test('the bucket is encrypted, private, reached by TLS only, and has a life cycle', () => {
  const of = (type) => terraform.resource[type].images[0];
  assert.ok(Object.entries(of('aws_s3_bucket_public_access_block')).filter(([key]) => key !== 'bucket').every(([, value]) => value === true));
  assert.equal(of('aws_s3_bucket_server_side_encryption_configuration').rule[0].apply_server_side_encryption_by_default[0].sse_algorithm, 'AES256');
  assert.equal(of('aws_s3_bucket_ownership_controls').rule[0].object_ownership, 'BucketOwnerEnforced');
  assert.equal(of('aws_s3_bucket_lifecycle_configuration').rule[0].abort_incomplete_multipart_upload[0].days_after_initiation, 1);
  assert.equal(of('aws_s3_bucket').force_destroy, undefined, 'a destroy must not take images along unasked');
  const [deny] = terraform.data.aws_iam_policy_document.tls_only[0].statement;
  assert.equal(deny.effect, 'Deny');
  assert.deepEqual(deny.condition[0].values, ['false']);
});

test("thumbd's role may do with its bucket what thumbd does, and nothing else", () => {
  const statements = terraform.data.aws_iam_policy_document.thumbd[0].statement;
  assert.deepEqual(statements.flatMap((statement) => statement.actions).sort(),
    ['s3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject']);
  for (const { resources } of statements) {
    for (const resource of resources) assert.match(resource, /^\$\{aws_s3_bucket\.images\.arn\}/);
  }
  const [assume] = terraform.data.aws_iam_policy_document.assume[0].statement;
  assert.deepEqual(assume.condition.map((condition) => condition.test), ['StringEquals', 'StringEquals']);
});

test('Redis, nodes, registry and secrets are closed and encrypted', () => {
  const redis = terraform.resource.aws_elasticache_replication_group.this[0];
  for (const field of ['at_rest_encryption_enabled', 'transit_encryption_enabled', 'automatic_failover_enabled']) assert.equal(redis[field], true);
  assert.equal(terraform.resource.aws_elasticache_parameter_group.this[0].parameter[0].value, 'noeviction');
  const node = terraform.resource.aws_launch_template.node[0];
  assert.equal(node.metadata_options[0].http_tokens, 'required');
  assert.equal(node.metadata_options[0].http_put_response_hop_limit, 1);
  assert.equal(node.block_device_mappings[0].ebs[0].encrypted, true);
  assert.equal(terraform.resource.aws_ecr_repository.thumbd[0].image_tag_mutability, 'IMMUTABLE');
  assert.equal(terraform.resource.aws_kms_key.secrets[0].enable_key_rotation, true);
  assert.equal(terraform.output.redis_password[0].sensitive, true);
});

test('the chart takes the values that Terraform puts out', () => {
  // As `terraform output -raw helm_values` would say it.
  const values = (elasticache) => ({
    mode: 'split',
    image: { repository: '1.dkr.ecr.eu-central-1.amazonaws.com/thumbs' },
    store: {
      type: 'redis',
      redis: elasticache ? { url: 'rediss://thumbs.cache.amazonaws.com:6379/0', passwordSecret: 'thumbs-redis-password' } : { url: '', passwordSecret: '' },
    },
    redis: { bundled: !elasticache },
    storage: { type: 's3', s3: { bucket: 'b', region: 'eu-central-1', prefix: 'images' } },
    serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/thumbs-thumbd' } },
    service: { type: 'LoadBalancer', annotations: { 'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb' } },
    monitoring: { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true }, dashboard: { enabled: true } },
  });
  for (const elasticache of [true, false]) {
    assert.equal(refusal(values(elasticache)), null);
    const written = text['outputs.tf'].match(/yamlencode\(\{([^]*)\}\)/)[1];
    for (const name of Object.keys(values(elasticache))) assert.match(written, new RegExp(`^ {4}${name} `, 'm'));
  }
});

// --- The scripts

const outputs = {
  cluster: 'thumbs', region: 'eu-central-1', namespace: 'thumbs', release: 'thumbs', bucket: 'thumbs-images',
  repository: '1.dkr.ecr.eu-central-1.amazonaws.com/thumbs', redis_password: 'verysecret',
  redis_password_secret: 'thumbs-redis-password', helm_values: 'mode: split',
};
const answers = {
  terraform: `case $* in
*output\\ -json*) echo '${JSON.stringify(Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, { value }])))}' ;;
${Object.entries(outputs).map(([key, value]) => `*output\\ -raw\\ ${key}) printf %s '${value}' ;;`).join('\n')}
esac`,
  aws: `case $* in
*get-login-password*) echo password ;;
*describe-images*) echo sha256:${'0'.repeat(64)} ;;
*list-images*) echo '[{"imageDigest":"sha256:1"},{"imageDigest":"sha256:2"}]' ;;
esac`,
  docker: 'if [ "$1" = login ]; then cat >/dev/null; fi',
  kubectl: `case $* in
*get\\ service*) echo '{"items":[{"status":{"loadBalancer":{"ingress":[{"hostname":"thumbs.elb.example"}]}}}]}' ;;
*apply*) cat >/dev/null ;;
esac`,
  helm: '',
};
const up = [
  'aws sts get-caller-identity', 'terraform -chdir=', 'docker build ', 'docker login --username AWS --password-stdin 1.dkr',
  'docker push ', 'aws eks update-kubeconfig --region eu-central-1 --name thumbs', 'kubectl --namespace thumbs create secret',
  'helm upgrade --install monitoring ', 'helm upgrade --install thumbs ', 'helm upgrade --install adapter ',
];

test('aws-up.sh goes through every step in order, and prints where things are', async () => {
  const { code, output, calls } = await new StandIns(answers).run('scripts/aws-up.sh', ['--yes', '--', '-var', 'region=eu-central-1']);
  assert.equal(code, 0, output);
  let index = -1;
  for (const step of up) {
    const next = calls.findIndex((call, at) => at > index && call.startsWith(step));
    assert.ok(next > index, `${step} is missing or out of order in\n${calls.join('\n')}`);
    index = next;
  }
  assert.match(calls.find((call) => call.includes(' apply ') && call.startsWith('terraform')), /apply -input=false -auto-approve -var region=eu-central-1$/);
  assert.match(only(calls, 'helm upgrade --install thumbs ')[0], /--set image\.digest=sha256:0{64}/);
  assert.ok(!calls.join('\n').includes('verysecret'), 'a password was given as an argument');
  assert.match(output, /http:\/\/thumbs\.elb\.example\//);
});

for (const step of up) {
  test(`aws-up.sh ends when "${step.trim()}" fails`, async () => {
    const { code, calls } = await new StandIns(answers).run('scripts/aws-up.sh', ['--yes'], { failAt: `${step}*` });
    assert.notEqual(code, 0);
    for (const later of up.slice(up.indexOf(step) + 1)) assert.equal(only(calls, later).length, 0, later);
  });
}

test('aws-down.sh uninstalls, empties what blocks a destroy, and destroys', async () => {
  const { code, output, calls } = await new StandIns(answers).run('scripts/aws-down.sh', ['--yes']);
  assert.equal(code, 0, output);
  const order = ['helm uninstall thumbs ', 'helm uninstall monitoring ', 'kubectl delete namespace thumbs monitoring',
    'aws s3 rm s3://thumbs-images --recursive', 'aws ecr batch-delete-image '];
  let index = -1;
  for (const step of order) {
    const next = calls.findIndex((call) => call.startsWith(step));
    assert.ok(next > index, `${step} is missing or out of order in\n${calls.join('\n')}`);
    index = next;
  }
  assert.match(calls.at(-1), /^terraform -chdir=\S+ destroy -input=false -auto-approve$/);
});

test('aws-down.sh asks for the name of the cluster, and deletes nothing without', async () => {
  const { code, output, calls } = await new StandIns(answers).run('scripts/aws-down.sh', []);
  assert.notEqual(code, 0, output);
  assert.deepEqual(only(calls, 'helm', 'kubectl', 'aws s3', 'aws ecr').concat(calls.filter((call) => call.includes('destroy'))), []);
});

test('aws-down.sh destroys nothing when it cannot uninstall', async () => {
  const { code, calls } = await new StandIns(answers).run('scripts/aws-down.sh', ['--yes'], { failAt: 'helm uninstall thumbs*' });
  assert.notEqual(code, 0);
  assert.ok(!calls.some((call) => call.includes('destroy')));
});
