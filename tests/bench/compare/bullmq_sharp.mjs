#!/usr/bin/env node
// A thumbnail service as one would write it with BullMQ and sharp, for bench_compare: an HTTP front, a
// process that works on two images at a time, a redis-server, images in files. It takes the requests
// that thumbd takes of bench_compare, and its command line as far as that is needed.
// usage: bullmq_sharp.mjs --listen 127.0.0.1:0 --data-dir FOLDER
import { fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

// The packages stand where the build installed them.
const require = createRequire(join(process.env.BULLMQ_MODULES ?? import.meta.dirname, 'package.json'));
const { Queue, Worker } = require('bullmq');

const option = (name) => process.argv[process.argv.indexOf(name) + 1];
const folder = option('--data-dir');
const connection = { path: join(folder, 'redis.sock'), maxRetriesPerRequest: null };
const original = (id) => join(folder, 'originals', id);
const thumbnail = (id) => join(folder, 'thumbnails', id);
const states = { waiting: 'queued', active: 'processing', completed: 'succeeded', failed: 'failed' };

async function work() {
    const sharp = require('sharp');
    sharp.cache(false); // no image comes twice
    const worker = new Worker('thumbnails', async ({ data: { id } }) => {
        const image = sharp(original(id));
        const { hasAlpha } = await image.metadata();
        image.rotate().resize(100, 100, { fit: 'inside', withoutEnlargement: true });
        await (hasAlpha ? image.png() : image.jpeg({ quality: 80 })).toFile(thumbnail(id));
        return { type: hasAlpha ? 'image/png' : 'image/jpeg' };
    }, { connection, concurrency: 2 });
    await worker.waitUntilReady();
    process.send('ready');
}

async function answer(queue, request, response) {
    const [, , , id, what] = request.url.split('/');
    const reply = (status, type, body) => {
        response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
        response.end(body);
    };
    if (request.method === 'POST') {
        const fresh = randomUUID();
        await pipeline(request, createWriteStream(original(fresh)));
        await queue.add('thumbnail', { id: fresh }, { jobId: fresh });
        return reply(202, 'application/json', JSON.stringify({ id: fresh, status: 'queued' }));
    }
    const job = await queue.getJob(id);
    if (!job) return reply(404, 'text/plain', 'no such job');
    if (what === 'thumbnail') return reply(200, job.returnvalue.type, await readFile(thumbnail(id)));
    return reply(200, 'application/json', JSON.stringify({ id, status: states[await job.getState()] }));
}

async function serve() {
    for (const each of ['originals', 'thumbnails']) mkdirSync(join(folder, each), { recursive: true });
    // It ends with this process, however that ends.
    spawn('setpriv', ['--pdeathsig', 'KILL', 'redis-server', '--port', '0', '--unixsocket', connection.path,
        '--dir', folder, '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
    { stdio: 'ignore' });
    const queue = new Queue('thumbnails', { connection });
    queue.on('error', () => {}); // until redis-server is up
    await queue.waitUntilReady();
    const worker = fork(process.argv[1], process.argv.slice(2), { env: { ...process.env, COMPARE_WORKER: '1' } });
    await new Promise((resolve) => worker.once('message', resolve));
    process.once('SIGTERM', () => process.exit());
    const server = createServer((request, response) => {
        answer(queue, request, response).catch((error) => {
            console.error(error);
            response.destroy();
        });
    });
    server.listen(0, '127.0.0.1', () => {
        console.log(`listening on http://127.0.0.1:${server.address().port}`);
    });
}

if (process.env.COMPARE_WORKER) {
    process.once('disconnect', () => process.exit()); // the front is gone
    await work();
} else {
    await serve();
}
