// The formula of the scaling simulation, which is the one of Kubernetes' HorizontalPodAutoscaler.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Autoscaler } from '../../scripts/scaling-simulation.mjs';

const calm = { backlog: 0, oldest: 0, cpu: 0 };

test('by CPU it grows by the ratio of use to target, and a saturated pod hides how much is missing', () => {
  const scaler = new Autoscaler({ cpu: 0.8 });
  assert.equal(scaler.decide(0, 1, { ...calm, cpu: 1, backlog: 1000 }), 2);
  assert.equal(scaler.decide(1, 4, { ...calm, cpu: 1, backlog: 1000 }), 5);
  assert.equal(scaler.decide(2, 4, { ...calm, cpu: 0.85 }), 4, 'within the tolerance nothing changes');
});

test('by the queue it grows to what the backlog needs, at most doubling or by four', () => {
  const scaler = new Autoscaler({ backlogPerPod: 20 });
  assert.equal(scaler.decide(0, 1, { ...calm, backlog: 60 }), 3);
  assert.equal(scaler.decide(1, 1, { ...calm, backlog: 1000 }), 5);
  assert.equal(scaler.decide(2, 5, { ...calm, backlog: 1000 }), 10);
});

test('it shrinks after a while only, and then by a quarter at a time', () => {
  const scaler = new Autoscaler({ backlogPerPod: 20 });
  let pods = scaler.decide(0, 8, { ...calm, backlog: 160 });
  const steps = [];
  for (let period = 1; period < 40; ++period) {
    const next = scaler.decide(period, pods, calm);
    if (next < pods) steps.push([period, next]);
    pods = next;
  }
  assert.ok(steps[0][0] >= 20, 'it shrank at once');
  assert.deepEqual(steps.slice(0, 3).map(([, count]) => count), [6, 5, 4]);
  for (const [index, [period]] of steps.entries()) {
    if (index > 0) assert.ok(period - steps[index - 1][0] >= 4);
  }
});
