// ./start.sh --kind with stand-ins for Docker, Kind, kubectl, Helm and curl: what it calls, in which
// order, and what it leaves behind when a step fails or it is interrupted.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { StandIns, only } from './standins.mjs';

const answers = {
  docker: '',
  kind: 'if [ "$*" = "get clusters" ]; then echo "${CLUSTERS:-}"; fi',
  helm: '',
  kubectl: `case $* in
*get\\ secret*) echo '{"data":{"submit-token":"c3VibWl0dG9rZW4=","admin-password":"c2VjcmV0"}}' ;;
*port-forward*) exec sleep 60 ;;
esac`,
  // The load test hands its uploads over by a file; each is answered.
  curl: `case $* in
*--config*)
    all=$*
    file=\${all##*--config }
    grep -o '"[^"]*/answers/[0-9]*"' "$file" | tr -d '"' | while read -r answer; do
        echo '{"id":"j","status":"succeeded"}' >"$answer"
        echo "200 0.010"
    done ;;
esac`,
  vips: 'if [ "$1" = copy ]; then echo image >"$3"; fi',
};
const steps = [
  'docker info',
  'docker build ',
  'kind create cluster --name thumbjobs --config ',
  'kind load docker-image localhost/thumbjobs:dev --name thumbjobs',
  'helm upgrade --install monitoring kube-prometheus-stack ',
  'helm upgrade --install thumbs ',
  'helm upgrade --install adapter prometheus-adapter ',
  'kubectl --context kind-thumbjobs --namespace thumbs get secret',
  'kubectl --context kind-thumbjobs --namespace monitoring get secret',
];

test('a smoke test goes through every step in order, and cleans up', async () => {
  const { code, output, calls } = await new StandIns(answers).run('start.sh', ['--kind', '--smoke-test', '5']);
  assert.equal(code, 0, output);
  let index = -1;
  for (const step of steps) {
    const next = calls.findIndex((call, at) => at > index && call.startsWith(step));
    assert.ok(next > index, `${step} is missing or out of order in\n${calls.join('\n')}`);
    index = next;
  }
  assert.match(only(calls, 'helm upgrade --install thumbs')[0], /helm\/thumbjobs .*helm\/values-kind\.yaml --wait/);
  assert.match(only(calls, 'helm upgrade --install monitoring')[0], /helm\/values-prometheus\.yaml --wait/);
  assert.equal(only(calls, 'kubectl').filter((call) => call.includes('port-forward')).length, 2);
  assert.equal(calls.at(-1), 'kind delete cluster --name thumbjobs');
  assert.match(output, /Grafana .*admin, secret/);
  assert.match(output, /uploads +5, 8 at a time/);
  assert.match(output, /http:\/\/127\.0\.0\.1:30080/);
});

for (const step of steps.slice(1)) {
  test(`a failure of "${step.trim()}" ends it, and leaves no cluster`, async () => {
    const { code, output, calls } = await new StandIns(answers).run('start.sh', ['--kind', '--smoke-test', '2'], { failAt: `${step}*` });
    assert.notEqual(code, 0, output);
    const made = only(calls, 'kind create').length;
    assert.equal(only(calls, 'kind delete').length, made, calls.join('\n'));
    const later = steps.slice(steps.indexOf(step) + 1);
    for (const other of later) assert.equal(only(calls, other).length, 0, `${other} was called after a failure`);
  });
}

test('Ctrl-C ends the port-forwards and deletes the cluster', async () => {
  const { code, output, calls } = await new StandIns(answers).run('start.sh', ['--kind'],
    { interruptAt: 'kubectl --context kind-thumbjobs --namespace monitoring port-forward service/monitoring-kube' });
  assert.equal(code, 130, output);
  assert.equal(calls.at(-1), 'kind delete cluster --name thumbjobs');
});

test('a cluster that was there before stays', async () => {
  const { code, calls } = await new StandIns(answers).run('start.sh', ['--kind', '--smoke-test', '2'], { env: { CLUSTERS: 'thumbjobs' } });
  assert.equal(code, 0);
  assert.equal(only(calls, 'kind create', 'kind delete').length, 0);
});

test('--keep leaves the cluster', async () => {
  const { code, output, calls } = await new StandIns(answers).run('start.sh', ['--kind', '--keep', '--smoke-test', '2']);
  assert.equal(code, 0);
  assert.equal(only(calls, 'kind delete').length, 0);
  assert.match(output, /kind delete cluster --name thumbjobs/);
});

test('what is missing is named before anything is done', async () => {
  const { docker, curl } = answers;
  const { code, output, calls } = await new StandIns({ docker, curl }).run('start.sh', ['--kind']);
  assert.notEqual(code, 0);
  assert.match(output, /missing: .*kind.*helm/);
  assert.deepEqual(only(calls, 'docker build', 'kind'), []);
});

test('an option that is not known is refused', async () => {
  const { code, output } = await new StandIns(answers).run('start.sh', ['--kind', '--kepp']);
  assert.equal(code, 2);
  assert.match(output, /--kepp/);
});
