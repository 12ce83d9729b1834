// No-op jobs through BullMQ, for the table of bench_redis.
// usage: node bench.mjs PORT JOBS WORKERS BATCH
// BATCH jobs are added at a time, and as many run at a time in each of WORKERS processes. Prints the
// seconds from the first add to the last completion, the server's CPU seconds meanwhile, and the bytes
// of Redis memory that each of the jobs took while all were queued.
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// The packages stand where the build installed them.
const require = createRequire(join(process.env.BULLMQ_MODULES ?? import.meta.dirname, 'package.json'));
const { Queue, Worker } = require('bullmq');

const [port, jobs, workers, batch] = process.argv.slice(2).map(Number);
const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
const name = 'noop';
const data = { file: 'holiday.jpg', type: 'image/jpeg', bytes: 1234567, width: 100, height: 100 };
const options = { removeOnComplete: true };

async function add(queue) {
    for (let left = jobs; left > 0; left -= batch) {
        const some = Array.from({ length: Math.min(batch, left) }, () => ({ name, data, opts: options }));
        await (batch === 1 ? queue.add(name, data, options) : queue.addBulk(some));
    }
}

async function figure(queue, name) {
    const info = await (await queue.client).info();
    return Number(new RegExp(`\n${name}:([\\d.]+)`).exec(info)[1]);
}

const usedCpu = async (queue) =>
    await figure(queue, 'used_cpu_user') + await figure(queue, 'used_cpu_sys');

if (process.env.BULLMQ_WORKER) {
    const worker = new Worker(name, async () => {}, { connection, concurrency: batch });
    worker.on('completed', () => process.send({ done: true }));
    await worker.waitUntilReady();
    process.send({ ready: true });
} else {
    const queue = new Queue(name, { connection });
    await queue.waitUntilReady();
    const before = await figure(queue, 'used_memory');
    await add(queue);
    const bytes = (await figure(queue, 'used_memory') - before) / jobs;
    await queue.obliterate({ force: true });

    let done = 0;
    let finish;
    const finished = new Promise((resolve) => { finish = resolve; });
    const children = [];
    const ready = Array.from({ length: workers }, () => new Promise((resolve) => {
        const child = fork(process.argv[1], process.argv.slice(2), {
            env: { ...process.env, BULLMQ_WORKER: '1' },
        });
        child.on('message', (message) => {
            if (message.ready) resolve();
            if (message.done && (done += 1) === jobs) finish();
        });
        children.push(child);
    }));
    await Promise.all(ready);
    const cpu = await usedCpu(queue);
    const start = performance.now();
    await add(queue);
    await finished;
    const seconds = (performance.now() - start) / 1000;
    const used = await usedCpu(queue) - cpu;
    for (const child of children) child.kill();
    console.log(`${seconds.toFixed(3)} ${used.toFixed(3)} ${Math.round(bytes)}`);
    await queue.close();
}
