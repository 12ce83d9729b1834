#!/usr/bin/env node
// Plays autoscaling on one machine, by CPU only and by the queue, and compares them: a real Redis, a
// real thumbd as API, real thumbds as workers that a controller starts and drains once a second by the
// formula of Kubernetes' HorizontalPodAutoscaler, from the metrics that thumbd exports.
//
// usage: node scripts/scaling-simulation.mjs [--thumbd PROGRAM] [--out FOLDER]
//   --thumbd PROGRAM  default: build/release/bin/thumbd
//   --out FOLDER      where autoscaling.svg and autoscaling-table.md go (default: build); docs/autoscaling.md
//                     shows both
//
// One second here is one period of the autoscaler, 15 seconds in a cluster. Each worker may use the
// part CPU_SHARE of a core, as by a limit in Kubernetes: it is stopped (SIGSTOP) the rest of the time.
// Its use of CPU is taken to be the part of the time that it spends resizing, which it exports: on a
// machine that others use as well, CPU time would say more about them.
// Wants redis-server and vips. Takes three minutes.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const options = { thumbd: join(root, 'build/release/bin/thumbd'), out: join(root, 'build') };
for (let index = 2; index < process.argv.length; index += 2) {
  const name = process.argv[index].replace(/^--/, '');
  if (!(name in options) || process.argv[index + 1] === undefined) {
    console.error('usage: scaling-simulation.mjs [--thumbd PROGRAM] [--out FOLDER]');
    process.exit(2);
  }
  options[name] = process.argv[index + 1];
}

const CPU_SHARE = 0.05; // of a core, for each worker
const SLICE_MS = 400; // in which a worker runs and rests once
const MIN = 1;
const MAX = 10;
const DOWN_WINDOW = 20; // periods: 300 s
const DOWN_EVERY = 4; // periods: 60 s
// The load, in jobs a second: idle, a burst, steady work, idle.
const PHASES = [[5, 0], [8, 40], [27, 6], [40, 0]];
const LENGTH = PHASES.reduce((sum, [seconds]) => sum + seconds, 0);
const TARGETS = {
  'CPU only': { cpu: 0.8 },
  'queue, age and CPU': { cpu: 0.8, backlogPerPod: 20, oldestAge: 4 },
};

const work = mkdtempSync(join(tmpdir(), 'thumbjobs-scaling-'));
const children = new Set();
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

function start(program, words) {
  // In a group of its own, so that the helpers of its sandbox are stopped along with it.
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function freePort() {
  const socket = createServer();
  socket.listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

async function startRedis() {
  const port = await freePort();
  start('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', work]);
  for (let tries = 0; tries < 100; ++tries) {
    try {
      execFileSync('redis-cli', ['-p', port, 'ping'], { stdio: 'ignore' });
      return `redis://127.0.0.1:${port}`;
    } catch {
      await sleep(50);
    }
  }
  throw new Error('redis-server does not start');
}

async function startThumbd(role, redis) {
  const child = start(options.thumbd, ['--role', role, '--listen', '127.0.0.1:0', '--workers', '1',
    '--store', `${redis}/0`, '--storage', `file:${work}/images`, '--data-dir', mkdtempSync(join(work, 'data-')),
    '--lease', '20s', '--log-level', 'error']);
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = line.match(/^listening on (\S+?)\/?$/);
      if (match) resolve(match[1]);
    });
    child.once('exit', (code) => reject(new Error(`thumbd ended with ${code}`)));
  });
  return { child, url };
}

/** A worker with a limit on CPU. */
class Worker {
  async begin(redis) {
    Object.assign(this, await startThumbd('worker', redis));
    this.ready = true;
    this.resizing = 0;
    this.at = Date.now();
    this.timer = setInterval(() => this.slice(), SLICE_MS);
    return this;
  }

  signal(name) {
    try {
      process.kill(-this.child.pid, name);
    } catch {
      // It ended.
    }
  }

  slice() {
    this.run(SLICE_MS * CPU_SHARE);
  }

  run(milliseconds) {
    this.signal('SIGCONT');
    this.until = Math.max(this.until ?? 0, Date.now() + milliseconds);
    setTimeout(() => {
      if (!this.ending && !this.scraped && Date.now() >= this.until - 1) this.signal('SIGSTOP');
    }, milliseconds);
  }

  /** The part of the time since the last call that it spent resizing. */
  async usage() {
    this.scraped = true;
    this.signal('SIGCONT');
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const resizing = Number(text.match(/^thumbjobs_stage_duration_seconds_sum\{stage="resize"\} (\S+)$/m)?.[1] ?? 0);
    const now = Date.now();
    const part = (resizing - this.resizing) / ((now - this.at) / 1000);
    this.resizing = resizing;
    this.at = now;
    this.scraped = false;
    this.run(0);
    return part;
  }

  async end() {
    this.ending = true;
    clearInterval(this.timer);
    this.signal('SIGCONT');
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }
}

async function metrics(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (name) => Number(text.match(new RegExp(`^${name} (\\S+)$`, 'm'))[1]);
  return { backlog: value('thumbjobs_backlog_jobs'), oldest: value('thumbjobs_queue_oldest_age_seconds') };
}

/** The formula, with its tolerance of a tenth, its steps upwards and its patience downwards. */
export class Autoscaler {
  constructor(targets) {
    this.targets = targets;
    this.wishes = [];
    this.down = -Infinity;
  }

  decide(period, current, { backlog, oldest, cpu }) {
    const wanted = [];
    const byRatio = (ratio) => (Math.abs(ratio - 1) <= 0.1 ? current : Math.ceil(current * ratio));
    if (this.targets.cpu) wanted.push(byRatio(cpu / this.targets.cpu));
    if (this.targets.backlogPerPod) {
      const ratio = backlog / (this.targets.backlogPerPod * current);
      wanted.push(Math.abs(ratio - 1) <= 0.1 ? current : Math.ceil(backlog / this.targets.backlogPerPod));
    }
    if (this.targets.oldestAge) wanted.push(byRatio(oldest / this.targets.oldestAge));
    const wish = Math.min(MAX, Math.max(MIN, ...wanted));
    this.wishes.push(wish);
    if (wish > current) return Math.min(wish, Math.max(current * 2, current + 4));
    const patient = Math.max(...this.wishes.slice(-DOWN_WINDOW));
    if (patient >= current || this.wishes.length < DOWN_WINDOW || period - this.down < DOWN_EVERY) return current;
    this.down = period;
    return Math.max(patient, current - Math.max(1, Math.floor(current * 0.25)));
  }
}

function rateAt(second) {
  let end = 0;
  for (const [seconds, rate] of PHASES) {
    end += seconds;
    if (second < end) return rate;
  }
  return 0;
}

async function play(targets, image) {
  const redis = await startRedis();
  const api = await startThumbd('api', redis);
  const workers = [await new Worker().begin(redis)];
  const endings = [];
  const scaler = new Autoscaler(targets);
  const rows = [];
  const submits = [];
  const began = Date.now();
  for (let second = 0; second < LENGTH; ++second) {
    const rate = rateAt(second);
    for (let index = 0; index < rate; ++index) {
      submits.push(sleep(index * 1000 / rate).then(async () => {
        const answer = await fetch(`${api.url}/v1/jobs`, { method: 'POST', body: image, headers: { 'Content-Type': 'image/jpeg' } });
        if (answer.status !== 202) throw new Error(`a submit was answered ${answer.status}`);
      }));
    }
    await sleep(Math.max(0, began + (second + 1) * 1000 - Date.now()));
    const now = await metrics(api.url);
    const usages = await Promise.all(workers.map((worker) => worker.usage()));
    const cpu = Math.min(1, usages.reduce((sum, usage) => sum + usage, 0) / usages.length);
    const wanted = scaler.decide(second, workers.length, { ...now, cpu });
    rows.push({ second, rate, ...now, cpu, replicas: workers.length });
    while (workers.length > wanted) endings.push(workers.pop().end());
    const added = await Promise.all(Array.from({ length: Math.max(0, wanted - workers.length) }, () => new Worker().begin(redis)));
    workers.push(...added);
  }
  await Promise.all(submits);
  const stats = await (await fetch(`${api.url}/v1/stats`)).json();
  await Promise.all([...endings, ...workers.map((worker) => worker.end())]);
  return { rows, jobs: submits.length, succeeded: stats.jobs.succeeded };
}

function summary({ rows, jobs, succeeded }) {
  const most = (key) => Math.max(...rows.map((row) => row[key]));
  const empty = rows.findLast((row) => row.backlog > 0)?.second ?? 0;
  return {
    jobs, succeeded, backlog: most('backlog'), oldest: most('oldest'), replicas: most('replicas'),
    cpu: Math.max(...rows.map((row) => row.cpu)).toFixed(2),
    empty: empty + 1, used: rows.reduce((sum, row) => sum + row.replicas, 0),
  };
}

function table(results) {
  const names = Object.keys(results);
  const lines = [
    `| second | jobs/s | ${names.map((name) => `${name}: backlog | oldest, s | workers`).join(' | ')} |`,
    `|${'---:|'.repeat(2 + 3 * names.length)}`,
  ];
  for (let second = 0; second < LENGTH; second += 4) {
    const cells = names.flatMap((name) => {
      const row = results[name].rows[second];
      return [row.backlog, row.oldest.toFixed(1), row.replicas];
    });
    lines.push(`| ${second + 1} | ${rateAt(second)} | ${cells.join(' | ')} |`);
  }
  lines.push('', '| | jobs, succeeded | most in the backlog | oldest, s | backlog empty after | most time resizing | most workers | seconds of workers |',
    '|---|---:|---:|---:|---:|---:|---:|---:|');
  for (const name of names) {
    const { jobs, succeeded, backlog, oldest, cpu, empty, replicas, used } = summary(results[name]);
    lines.push(`| ${name} | ${jobs}, ${succeeded} | ${backlog} | ${oldest.toFixed(1)} | ${empty} s | ${Math.round(cpu * 100)} % | ${replicas} | ${used} |`);
  }
  return `${lines.join('\n')}\n`;
}

function plot(results) {
  const names = Object.keys(results);
  const colours = ['#b3541e', '#2b6cb0'];
  const [width, height, left, gap] = [760, 150, 60, 40];
  const panels = [['backlog', 'jobs ready or running'], ['oldest', 'oldest ready job, s'], ['replicas', 'workers']];
  const parts = [];
  const rates = []; // over the lines
  panels.forEach(([key, title], index) => {
    const top = 50 + index * (height + gap);
    const most = Math.max(1, ...names.flatMap((name) => results[name].rows.map((row) => row[key]))) * 1.05;
    const x = (second) => left + (second / LENGTH) * (width - left - 20);
    const y = (value) => top + height - (value / most) * height;
    parts.push(`<rect x="${left}" y="${top}" width="${width - left - 20}" height="${height}" fill="none" stroke="#ccc"/>`,
      `<text x="${left}" y="${top - 6}" font-weight="bold">${title}</text>`,
      `<text x="${left - 6}" y="${top + 10}" text-anchor="end">${Number((most / 1.05).toFixed(1))}</text>`,
      `<text x="${left - 6}" y="${top + height}" text-anchor="end">0</text>`);
    let from = 0;
    for (const [seconds, rate] of PHASES) {
      parts.push(`<line x1="${x(from)}" y1="${top}" x2="${x(from)}" y2="${top + height}" stroke="#ddd"/>`);
      if (index === 0) rates.push(`<text x="${x(from) + 4}" y="${top + 14}" fill="#777" stroke="white" stroke-width="4" paint-order="stroke">${rate}/s</text>`);
      from += seconds;
    }
    for (let second = 0; second <= LENGTH; second += 10) {
      parts.push(`<line x1="${x(second)}" y1="${top + height}" x2="${x(second)}" y2="${top + height + 4}" stroke="#999"/>`,
        `<text x="${x(second)}" y="${top + height + 16}" text-anchor="middle" fill="#777" font-size="10">${second}</text>`);
    }
    names.forEach((name, which) => {
      const points = results[name].rows.map((row) => `${x(row.second + 1).toFixed(1)},${y(row[key]).toFixed(1)}`).join(' ');
      parts.push(`<polyline points="${points}" fill="none" stroke="${colours[which]}" stroke-width="2"/>`);
    });
  });
  const bottom = 50 + panels.length * (height + gap);
  names.forEach((name, which) => parts.push(
    `<line x1="${left + which * 220}" y1="20" x2="${left + 24 + which * 220}" y2="20" stroke="${colours[which]}" stroke-width="3"/>`,
    `<text x="${left + 30 + which * 220}" y="24">${name}</text>`));
  parts.push(...rates, `<text x="${width - 20}" y="${bottom - 10}" text-anchor="end" fill="#777">seconds</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${parts.join('\n')}
</svg>
`;
}

async function main() {
  if (!existsSync(options.thumbd)) throw new Error(`${options.thumbd} is not there; ./start.sh --build-only builds it`);
  process.on('exit', () => {
    for (const child of children) process.kill(-child.pid, 'SIGKILL');
    rmSync(work, { recursive: true, force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
  const file = join(work, 'image.jpg');
  execFileSync('vips', ['gaussnoise', join(work, 'noise.v'), '1600', '1200']);
  execFileSync('vips', ['cast', join(work, 'noise.v'), `${file}`, 'uchar']);
  const image = readFileSync(file);
  const results = {};
  for (const [name, targets] of Object.entries(TARGETS)) {
    console.log(`${name}: ${LENGTH} s`);
    results[name] = await play(targets, image);
    console.log(summary(results[name]));
    for (const child of children) process.kill(-child.pid, 'SIGKILL');
  }
  writeFileSync(join(options.out, 'autoscaling.svg'), plot(results));
  writeFileSync(join(options.out, 'autoscaling-table.md'), table(results));
  process.exit(0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
