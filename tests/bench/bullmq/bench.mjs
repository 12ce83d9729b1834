// No-op jobs through BullMQ, for the table of bench_redis.
// usage: node bench.mjs PORT JOBS WORKERS BATCH KEEP
// BATCH jobs are added at a time, and as many run at a time in each of WORKERS processes. KEEP (1 or 0)
// says whether finished jobs stay in Redis. Prints the seconds from the first add to the last completion;
// the server's CPU seconds meanwhile, how often it read from a connection, and the bytes that it received
// and sent; and the bytes of Redis memory that each of the jobs took while all were queued.
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// The packages stand where the build installed them.
const require = createRequire(join(process.env.BULLMQ_MODULES ?? import.meta.dirname, 'package.json'));
const { Queue, Worker } = require('bullmq');

const [port, jobs, workers, batch, keep] = process.argv.slice(2).map(Number);
const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
const name = 'noop';
const data = { file: 'holiday.jpg', type: 'image/jpeg', bytes: 1234567, width: 100, height: 100 };
const options = { removeOnComplete: !keep };

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

async function usage(queue) {
    const figures = ['used_cpu_user', 'used_cpu_sys', 'total_reads_processed', 'total_net_input_bytes',
        'total_net_output_bytes'];
    const [user, system, reads, input, output] = await Promise.all(figures.map((name) => figure(queue, name)));
    return [user + system, reads, input + output];
}

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
    const begun = await usage(queue);
    const start = performance.now();
    await add(queue);
    await finished;
    const seconds = (performance.now() - start) / 1000;
    const after = await usage(queue);
    for (const child of children) child.kill();
    const used = after.map((value, i) => (value - begun[i]).toFixed(3));
    console.log(seconds.toFixed(3), ...used, Math.round(bytes));
    await queue.close();
}
