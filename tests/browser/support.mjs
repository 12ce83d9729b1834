// What the browser tests share: a thumbd of their own, Chromium, and images.
//
// From the environment: THUMBD, the program; NODE_PACKAGES, the folder whose node_modules holds
// playwright-core; CHROMIUM, the browser, if it is not on the PATH.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { deflateSync } from 'node:zlib';

const { chromium } = createRequire(`${process.env.NODE_PACKAGES}/package.json`)('playwright-core');

const patience = 20_000;

function findBrowser() {
  const folders = (process.env.PATH ?? '').split(':').filter(Boolean);
  const places = [process.env.CHROMIUM, ...folders.map((folder) => `${folder}/chromium`)];
  for (const place of places.filter(Boolean)) {
    try {
      accessSync(place, constants.X_OK);
      return place;
    } catch {
      // The next one.
    }
  }
  console.log('skipped: chromium is not on this machine');
  process.exit(process.env.CI ? 1 : 77);
}

export async function launchBrowser() {
  const args = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  if (process.getuid() === 0) args.push('--no-sandbox');
  return chromium.launch({ executablePath: findBrowser(), headless: true, args });
}

// What a test has opened is closed in the reverse order: the page before the thumbd that it looks
// at. (node:test itself runs hooks in the order in which they were given.)
const cleanups = new WeakMap();

function atEnd(test, action) {
  if (!cleanups.has(test)) {
    cleanups.set(test, []);
    test.after(async () => {
      const results = [];
      for (const cleanup of cleanups.get(test).reverse()) {
        results.push(...(await Promise.allSettled([cleanup()])));
      }
      const broken = results.find(({ status }) => status === 'rejected');
      if (broken) throw broken.reason;
    });
  }
  cleanups.get(test).push(action);
}

// A folder that goes away with the test.
export function temporaryFolder(test) {
  const folder = mkdtempSync(path.join(tmpdir(), 'thumbjobs-browser-'));
  atEnd(test, async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

// Starts thumbd and waits until it listens. It is stopped with the test, if not before.
export async function startThumbd(test, { data, listen = '127.0.0.1:0', args = [] } = {}) {
  const folder = data ?? temporaryFolder(test);
  const child = spawn(
    process.env.THUMBD,
    ['--listen', listen, '--data-dir', folder, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (text) => (log += text));
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    return ended;
  };
  atEnd(test, stop);
  const listening = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^listening on (https?:\/\/\S+)/.exec(line);
      if (match) resolve(match[1].replace(/\/$/, ''));
    });
  });
  const early = ended.then(({ code }) => assert.fail(`thumbd ended with ${code}:\n${log}`));
  const url = await Promise.race([listening, early]);
  early.catch(() => {});
  return { url, data: folder, stop };
}

// Opens thumbd's page in a browser profile of its own. At the end of the test, an error on the
// console, a violated policy or a request to anywhere else fails it, unless `expected` matches.
export async function openPage(test, browser, url, { expected = null, context = {}, at = '/' } = {}) {
  const profile = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...context });
  profile.setDefaultTimeout(patience);
  const page = await profile.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const target = request.url();
    if (!/^(blob|data):/.test(target) && new URL(target).origin !== new URL(url).origin) {
      complaints.push(`asks for ${target}`);
    }
  });
  atEnd(test, async () => {
    await profile.close();
    const unexpected = complaints.filter((text) => !expected?.test(text));
    assert.deepEqual(unexpected, []);
  });
  await page.goto(url + at);
  return page;
}

export async function isLive(page) {
  await page.locator('#connection[data-state=live]').waitFor();
}

// The row of a job, by its file name.
export function row(page, name) {
  return page.locator('.job').filter({ has: page.locator('.name', { hasText: name }) });
}

export function button(page, name, action) {
  return row(page, name).locator(`[data-action=${action}]`);
}

export async function inState(page, name, state) {
  await page
    .locator(`.job[data-state=${state}]`)
    .filter({ has: page.locator('.name', { hasText: name }) })
    .waitFor();
}

// Waits until the text of the element is exactly this.
export async function hasText(page, selector, text) {
  await page.locator(selector).and(page.getByText(text, { exact: true })).waitFor();
}

// Waits for so many elements, and finds no more than that.
export async function hasCount(locator, count) {
  await locator.nth(count - 1).waitFor();
  assert.equal(await locator.count(), count);
}

// Gives files to the page as its file picker does.
export function choose(page, ...files) {
  return page.locator('#files').setInputFiles(files);
}

export async function submit(url, file, headers = {}) {
  const query = new URLSearchParams({ filename: file.name });
  const response = await fetch(`${url}/v1/jobs?${query}`, {
    method: 'POST',
    headers: { 'Content-Type': file.mimeType, ...headers },
    body: file.buffer,
  });
  const job = await response.json();
  assert.ok(response.ok, JSON.stringify(job));
  return job;
}

// --- Images, made here: a PNG is no more than a header and deflated rows.

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const head = Buffer.alloc(4);
  const tail = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  tail.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, tail]);
}

export function png(name, width = 320, height = 240, seed = 0) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * (1 + width * 3) + 1 + x * 3;
      rows[at] = (x * 255) / width;
      rows[at + 1] = (y * 255) / height;
      rows[at + 2] = (seed * 53) % 256;
    }
  }
  const buffer = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return { name, mimeType: 'image/png', buffer };
}

// Begins as a PNG, so it is accepted, and has half of its pixels only.
export function truncatedPng(name) {
  const whole = png(name, 600, 600);
  return { ...whole, buffer: whole.buffer.subarray(0, whole.buffer.length / 2) };
}
