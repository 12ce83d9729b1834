// Sends files, a few at a time, and shows how far it is and what was refused.
import * as api from './api.js';
import * as format from './format.js';

// Browsers open six connections to a server; events and previews need some of them.
const concurrency = 3;
const maxTries = 6;

const element = (id) => document.getElementById(id);

function newKey() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Uploads {
  #waiting = [];
  #running = 0;
  #pausing = 0; // of the running ones: wait to be tried again
  #batch = { files: 0, done: 0, refused: 0, bytes: 0, sent: 0 };
  #onJob;
  #onUnauthorised;

  constructor({ onJob, onUnauthorised }) {
    this.#onJob = onJob;
    this.#onUnauthorised = onUnauthorised;
    element('uploads-clear').addEventListener('click', () => {
      element('upload-errors').replaceChildren();
      this.#show();
      element('choose').focus();
    });
    // Leaving the page would drop what has not been sent.
    window.addEventListener('beforeunload', (event) => {
      if (this.#running > 0) event.preventDefault();
    });
  }

  add(files, options) {
    if (this.#running === 0 && this.#waiting.length === 0) {
      this.#batch = { files: 0, done: 0, refused: 0, bytes: 0, sent: 0 };
    }
    for (const file of files) {
      this.#batch.files += 1;
      this.#batch.bytes += file.size;
      this.#waiting.push({ file, options, key: newKey(), sent: 0, tries: 0 });
    }
    this.#pump();
  }

  #pump() {
    while (this.#running < concurrency && this.#waiting.length > 0) {
      this.#running += 1;
      this.#send(this.#waiting.shift());
    }
    this.#show();
  }

  async #send(upload) {
    upload.tries += 1;
    try {
      const job = await api.submit(upload.file, upload.options, upload.key, (sent) => {
        this.#progress(upload, Math.min(sent, upload.file.size));
      });
      this.#batch.done += 1;
      this.#progress(upload, upload.file.size);
      this.#onJob(job);
    } catch (error) {
      this.#progress(upload, 0);
      const busy = error.status === 429 || error.status === 503 || error.status === 0;
      if (busy && upload.tries < maxTries) {
        const seconds = error.retryAfter || 2 ** (upload.tries - 1);
        this.#pausing += 1;
        this.#show();
        setTimeout(() => this.#again(upload), Math.min(seconds, 30) * 1000);
        return;
      }
      this.#batch.refused += 1;
      this.#progress(upload, upload.file.size);
      this.#refused(upload, error);
      if (error.status === 401) this.#onUnauthorised();
    }
    this.#running -= 1;
    this.#pump();
  }

  // Still holds its place among the running ones.
  #again(upload) {
    this.#pausing -= 1;
    this.#send(upload);
  }

  #progress(upload, sent) {
    this.#batch.sent += sent - upload.sent;
    upload.sent = sent;
    this.#show();
  }

  #refused(upload, error) {
    const item = document.createElement('li');
    const name = document.createElement('b');
    name.textContent = upload.file.name;
    const again = document.createElement('button');
    again.type = 'button';
    again.className = 'plain';
    again.textContent = 'Try again';
    again.setAttribute('aria-label', `Try ${upload.file.name} again`);
    again.addEventListener('click', () => {
      item.remove();
      this.add([upload.file], upload.options);
    });
    const text = document.createElement('span');
    text.append(name, ` was not accepted: ${error.message}`);
    item.append(text, again);
    element('upload-errors').append(item);
  }

  #show() {
    const { files, done, refused, bytes, sent } = this.#batch;
    const busy = done + refused < files;
    const errors = element('upload-errors').childElementCount;
    element('uploads').hidden = !busy && errors === 0;
    element('uploads-clear').hidden = busy || errors === 0;
    element('uploads-progress').hidden = !busy;
    element('uploads-progress').value = bytes > 0 ? sent / bytes : 0;
    const pausing = this.#pausing > 0 ? '; the server is busy, trying again soon' : '';
    element('uploads-text').textContent = busy
      ? `Sending ${done + refused + 1} of ${files}, ${format.bytes(sent)} of ${format.bytes(bytes)}${pausing}`
      : `${done} of ${files} accepted`;
  }
}

// The files of a drop, those in dropped folders too.
export async function droppedFiles(transfer) {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return Array.from(transfer.files);
  const files = [];
  for (const entry of entries) await collect(entry, files);
  return files;
}

async function collect(entry, files) {
  if (entry.isFile) {
    files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A reader gives at most 100 entries a call, and none at the end.
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return;
    for (const inner of entries) await collect(inner, files);
  }
}
