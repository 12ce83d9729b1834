// The list of jobs as the server has it, kept up to date by its events.
//
// Tells its listeners by DOM events: `list` (all is new), `job` (detail: the job, and the one
// before it), `gone` (detail: id), `stats`, `connection` (detail: connecting | live | offline),
// `unauthorised`.
import * as api from './api.js';

const pageSize = 50;
const statsInterval = 500;

export class Feed extends EventTarget {
  jobs = new Map();
  filter = '';
  stats = null;
  hasMore = false;

  #nextCursor = null;
  #eventsCursor = null;
  #source = null;
  #generation = 0;
  #listed = false; // whether `jobs` is what `filter` asks for
  #failures = 0;
  #retryTimer = 0;
  #statsTimer = 0;

  // Lists anew and follows the events from exactly there on, so that nothing is missed between.
  async open() {
    const generation = this.#restart();
    this.#listed = false;
    try {
      const page = await api.list({ status: this.filter, limit: pageSize });
      if (generation !== this.#generation) return;
      this.jobs = new Map(page.jobs.map((job) => [job.id, job]));
      this.#takeCursor(page);
      this.#eventsCursor = page.events_cursor;
      this.#listed = true;
      this.#tell('list');
      this.#follow();
      this.#refreshStats();
    } catch (error) {
      if (generation === this.#generation) this.#lost(error, () => this.open());
    }
  }

  setFilter(status) {
    this.filter = status;
    return this.open();
  }

  async loadMore() {
    const generation = this.#generation;
    const page = await api.list({
      status: this.filter,
      limit: pageSize,
      cursor: this.#nextCursor,
    });
    if (generation !== this.#generation) return;
    for (const job of page.jobs) {
      if (!this.jobs.has(job.id)) this.apply(job, true);
    }
    this.#takeCursor(page);
    this.#tell('more');
  }

  // A hidden page lets go of its connection: browsers allow six to a server, over all tabs.
  pause() {
    this.#restart();
  }

  resume() {
    if (this.#source) return;
    if (!this.#listed) {
      this.open();
      return;
    }
    this.#restart();
    this.#follow();
    this.#refreshStats();
  }

  // Takes over a job from an event or an answer. Events may tell of what the list shows already,
  // so an older state of a job never replaces a newer one.
  apply(job, fromPage = false) {
    const known = this.jobs.get(job.id);
    if (known && known.updated_at > job.updated_at) return;
    if (this.filter && job.status !== this.filter) {
      if (known) this.remove(job.id);
      return;
    }
    if (!known && !fromPage && this.hasMore && this.#beyondLoaded(job)) return;
    this.jobs.set(job.id, job);
    this.#tell('job', { job, before: known });
  }

  remove(id) {
    if (this.jobs.delete(id)) this.#tell('gone', { id });
  }

  // Whether a job belongs to a page that has not been loaded yet.
  #beyondLoaded(job) {
    for (const loaded of this.jobs.values()) {
      if (loaded.created_at <= job.created_at) return false;
    }
    return this.jobs.size > 0;
  }

  #takeCursor(page) {
    this.#nextCursor = page.next_cursor ?? null;
    this.hasMore = this.#nextCursor !== null;
  }

  #follow() {
    const generation = this.#generation;
    const source = new EventSource(api.eventsUrl(this.#eventsCursor));
    this.#source = source;
    const on = (type, handle) =>
      source.addEventListener(type, (event) => {
        if (generation !== this.#generation) return;
        if (event.lastEventId) this.#eventsCursor = event.lastEventId;
        handle(event);
      });
    on('open', () => {
      this.#failures = 0;
      this.#connection('live');
    });
    on('job', (event) => {
      this.apply(JSON.parse(event.data));
      this.#refreshStats();
    });
    on('deleted', (event) => {
      this.remove(JSON.parse(event.data).id);
      this.#refreshStats();
    });
    on('reset', () => this.open());
    source.onerror = () => {
      if (generation !== this.#generation) return;
      source.close();
      this.#source = null;
      this.#reconnect();
    };
  }

  // EventSource tells no reason, so another call finds out whether it was the access.
  async #reconnect() {
    const generation = this.#generation;
    this.#connection('offline');
    try {
      await api.stats();
      if (generation !== this.#generation) return;
      this.#later(() => this.#follow());
    } catch (error) {
      if (generation === this.#generation) this.#lost(error, () => this.#reconnect());
    }
  }

  #lost(error, again) {
    if (error.status === 401) {
      this.#connection('offline');
      this.#tell('unauthorised');
      return;
    }
    this.#connection('offline', error.status ? error.message : undefined);
    this.#later(again);
  }

  // Half a second at first, doubled up to ten.
  #later(action) {
    const delay = Math.min(10_000, 500 * 2 ** this.#failures);
    this.#failures += 1;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(action, delay);
  }

  // At most two calls a second, however many events come in.
  #refreshStats() {
    if (this.#statsTimer) return;
    const generation = this.#generation;
    const refresh = async () => {
      try {
        this.stats = await api.stats();
        this.#tell('stats');
      } catch {
        // The event stream notices a lost server, and says so.
      }
    };
    this.#statsTimer = setTimeout(() => {
      this.#statsTimer = 0;
      if (generation === this.#generation) refresh();
    }, this.stats ? statsInterval : 0);
  }

  #restart() {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#statsTimer);
    this.#statsTimer = 0;
    this.#generation += 1;
    return this.#generation;
  }

  #connection(state, detail) {
    this.#tell('connection', { state, detail });
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
