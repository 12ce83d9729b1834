// A real thumbd for a test: on a free port, with a folder of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { work } from './support.mjs';

/** Starts it, and answers {process, url, host, port, log()} once it serves. */
export async function startThumbd(options = []) {
  const data = mkdtempSync(join(work, 'data-'));
  const child = spawn(process.env.THUMBD, ['--listen', '127.0.0.1:0', '--data-dir', data, ...options]);
  let log = '';
  child.stderr.on('data', (text) => { log += text; });
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = line.match(/^listening on (https?:\S+?)\/?$/);
      if (match) resolve(match[1]);
    });
    child.once('exit', (code) => reject(new Error(`thumbd ended with ${code}: ${log}`)));
  });
  const { hostname, port } = new URL(url);
  return { process: child, url, host: hostname, port, log: () => log };
}

/** Ends a process by SIGTERM and waits for it. */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

export async function withThumbd(options, use) {
  const daemon = await startThumbd(options);
  try {
    await use(daemon);
  } finally {
    await stop(daemon.process);
  }
}
