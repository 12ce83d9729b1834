// Draws the feed's jobs, newest first. Names and messages come from strangers: they only ever
// become text, never markup.
import * as api from './api.js';
import * as format from './format.js';

const element = (id) => document.getElementById(id);
const newerFirst = (a, b) =>
  a.created_at !== b.created_at ? (a.created_at < b.created_at ? 1 : -1) : a.id < b.id ? 1 : -1;

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export class JobList {
  #feed;
  #rows = new Map(); // id -> <li>
  #dirty = new Set();
  #scheduled = false;

  constructor(feed) {
    this.#feed = feed;
    feed.addEventListener('list', () => this.#rebuild());
    feed.addEventListener('job', (event) => this.#mark(event.detail.job.id));
    feed.addEventListener('gone', (event) => this.#mark(event.detail.id));
    feed.addEventListener('more', () => this.#schedule());
    setInterval(() => this.#refreshTimes(), 10_000);
  }

  // The job that a node in its row belongs to.
  jobOf(node) {
    return this.#feed.jobs.get(node.closest('.job')?.dataset.id);
  }

  #rebuild() {
    const focused = document.activeElement?.closest?.('.job')?.dataset.id;
    this.#rows.clear();
    this.#dirty.clear();
    const jobs = [...this.#feed.jobs.values()].sort(newerFirst);
    element('jobs').replaceChildren(...jobs.map((job) => this.#newRow(job)));
    this.#showAround();
    if (focused) this.#rows.get(focused)?.querySelector('[data-action=logs]').focus();
  }

  #mark(id) {
    this.#dirty.add(id);
    this.#schedule();
  }

  // Many events make one redraw.
  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      for (const id of this.#dirty) this.#redraw(id);
      this.#dirty.clear();
      this.#showAround();
    });
  }

  #redraw(id) {
    const job = this.#feed.jobs.get(id);
    const row = this.#rows.get(id);
    if (!job) {
      if (row) this.#removeRow(id, row);
    } else if (row) {
      this.#fill(row, job);
    } else {
      this.#insert(job);
    }
  }

  // New jobs mostly belong at the top, later pages at the end: look from the nearer side.
  #insert(job) {
    const list = element('jobs');
    const row = this.#newRow(job);
    const jobAt = (node) => this.#feed.jobs.get(node.dataset.id) ?? job;
    const last = list.lastElementChild;
    if (last && newerFirst(jobAt(last), job) < 0) {
      list.append(row);
      return;
    }
    let next = list.firstElementChild;
    while (next && newerFirst(jobAt(next), job) < 0) next = next.nextElementSibling;
    list.insertBefore(row, next);
  }

  // The keyboard's place moves to a neighbour, not to the top of the page.
  #removeRow(id, row) {
    if (row.contains(document.activeElement)) {
      const neighbour = row.nextElementSibling ?? row.previousElementSibling;
      (neighbour?.querySelector('[data-action=delete]') ?? element('jobs-title')).focus();
    }
    row.remove();
    this.#rows.delete(id);
  }

  #newRow(job) {
    const row = element('job-template').content.firstElementChild.cloneNode(true);
    row.dataset.id = job.id;
    this.#rows.set(job.id, row);
    this.#fill(row, job);
    return row;
  }

  #fill(row, job) {
    const name = job.filename || `${format.mediaType(job.media_type) || 'Image'} without a name`;
    row.dataset.state = job.status;
    setText(row.querySelector('.name'), name);
    row.querySelector('.name').title = name;
    setText(row.querySelector('.facts'), facts(job));
    setText(row.querySelector('.error'), errorText(job));

    const use = row.querySelector('.state use');
    const icon = `#icon-${job.status}`;
    if (use.getAttribute('href') !== icon) use.setAttribute('href', icon);
    setText(row.querySelector('.state span'), format.stateNames[job.status] ?? job.status);
    const progress = row.querySelector('progress');
    progress.hidden = job.status !== 'processing';
    progress.setAttribute('aria-label', `Progress of ${name}`);
    if (job.progress > 0) progress.value = job.progress;
    else progress.removeAttribute('value');
    setText(row.querySelector('.when'), when(job));

    this.#fillPreview(row.querySelector('.preview'), job, name);
    const running = job.status === 'queued' || job.status === 'processing';
    const again = job.status === 'failed' || job.status === 'cancelled';
    show(row, '[data-action=cancel]', running, `Cancel ${name}`);
    show(row, '[data-action=retry]', again, `Retry ${name}`);
    show(row, '[data-action=logs]', true, `Log of ${name}`);
    show(row, '[data-action=delete]', true, `Delete ${name}`);
    const thumbnail = show(row, '[data-link=thumbnail]', job.status === 'succeeded', `Thumbnail of ${name}`);
    thumbnail.href = api.thumbnailUrl(job.id);
    const original = show(row, '[data-link=original]', Boolean(job.links?.original), `Original of ${name}`);
    original.href = api.originalUrl(job.id);
  }

  #fillPreview(preview, job, name) {
    const wanted = job.status === 'succeeded' ? job.renditions?.[0]?.checksum ?? job.id : '';
    if (preview.dataset.shows === wanted) return;
    preview.dataset.shows = wanted;
    preview.querySelector('img')?.remove();
    if (!wanted) {
      preview.removeAttribute('href');
      return;
    }
    preview.href = api.thumbnailUrl(job.id);
    const image = document.createElement('img');
    image.loading = 'lazy';
    image.decoding = 'async';
    image.alt = `Thumbnail of ${name}`;
    image.src = api.thumbnailUrl(job.id);
    image.addEventListener('error', () => image.remove());
    preview.append(image);
  }

  #refreshTimes() {
    for (const [id, row] of this.#rows) {
      const job = this.#feed.jobs.get(id);
      if (job) setText(row.querySelector('.when'), when(job));
    }
  }

  #showAround() {
    const { jobs, filter, hasMore } = this.#feed;
    const empty = jobs.size === 0 && !hasMore;
    element('jobs').hidden = jobs.size === 0;
    element('more').hidden = !hasMore;
    element('empty').hidden = !empty;
    setText(
      element('empty-text'),
      filter
        ? `No job is ${format.stateNames[filter].toLowerCase()}.`
        : 'No jobs yet. Drop a photograph above to see its thumbnail here.',
    );
  }
}

function show(row, selector, visible, label) {
  const node = row.querySelector(selector);
  // The button that was just used goes away: keep the keyboard in its row.
  const focused = !visible && node === document.activeElement;
  node.hidden = !visible;
  node.setAttribute('aria-label', label);
  if (focused) row.querySelector('[data-action=delete]').focus();
  return node;
}

// A size does not break over lines.
const size = (width, height) => `${width}\u00a0×\u00a0${height}`;

function facts(job) {
  const parts = [format.mediaType(job.media_type), format.bytes(job.bytes)];
  if (job.width > 0) parts.push(size(job.width, job.height));
  const original = parts.filter(Boolean).join(' · ');
  const result = job.renditions?.[0];
  if (!result) return original;
  const type = format.mediaType(result.media_type);
  return `${original} → ${size(result.width, result.height)} ${type}, ${format.bytes(result.bytes)}`;
}

function errorText(job) {
  if (!job.error || job.status === 'succeeded') return '';
  if (job.status === 'queued') {
    return `Attempt ${job.attempts} of ${job.max_attempts} failed: ${job.error.message}`;
  }
  return `${job.error.message} (${job.error.code})`;
}

function when(job) {
  const now = new Date();
  const created = new Date(job.created_at);
  if (job.status === 'queued' && job.next_attempt_at) {
    const left = new Date(job.next_attempt_at) - now;
    return left > 0 ? `next attempt in ${format.duration(left)}` : 'next attempt now';
  }
  if (job.finished_at && job.started_at && job.status !== 'cancelled') {
    const took = new Date(job.finished_at) - new Date(job.started_at);
    return `${format.duration(took)} · ${format.ago(new Date(job.finished_at), now)}`;
  }
  return format.ago(new Date(job.finished_at ?? created), now);
}
