// Puts the page together: files go to Uploads, jobs come from the Feed and are drawn by JobList.
import * as api from './api.js';
import * as format from './format.js';
import { Feed } from './feed.js';
import { JobList } from './list.js';
import { Uploads, droppedFiles } from './uploads.js';

const element = (id) => document.getElementById(id);
const feed = new Feed();
const list = new JobList(feed);
const uploads = new Uploads({
  onJob: (job) => feed.apply(job),
  onUnauthorised: askForToken,
});

// Files in

function submitFiles(files) {
  const form = element('options');
  if (files.length === 0 || !form.reportValidity()) return;
  uploads.add(files, Object.fromEntries(new FormData(form)));
}

function setUpFiles() {
  for (const [button, input] of [['choose', 'files'], ['choose-folder', 'folder']]) {
    element(button).addEventListener('click', () => element(input).click());
    element(input).addEventListener('change', (event) => {
      submitFiles([...event.target.files]);
      event.target.value = '';
    });
  }

  // The whole window takes drops: a near miss must not navigate away to the image.
  const carriesFiles = (event) => event.dataTransfer?.types.includes('Files');
  let depth = 0;
  const mark = () => element('drop').classList.toggle('over', depth > 0);
  window.addEventListener('dragenter', (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    mark();
  });
  window.addEventListener('dragleave', (event) => {
    if (!carriesFiles(event)) return;
    depth = Math.max(0, depth - 1);
    mark();
  });
  window.addEventListener('dragover', (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  window.addEventListener('drop', async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    mark();
    submitFiles(await droppedFiles(event.dataTransfer));
  });
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      submitFiles(files);
    }
  });
}

// The options of the last visit; a browser that keeps nothing is fine.
function setUpOptions() {
  const form = element('options');
  form.addEventListener('submit', (event) => event.preventDefault());
  try {
    const kept = JSON.parse(localStorage.getItem('options') ?? '{}');
    for (const [name, value] of Object.entries(kept)) {
      if (form.elements[name]) form.elements[name].value = value;
    }
    form.addEventListener('change', () => {
      const values = Object.fromEntries(new FormData(form));
      localStorage.setItem('options', JSON.stringify(values));
    });
  } catch {
    form.reset();
  }
}

// What a job's buttons do

const actions = {
  async cancel(job) {
    feed.apply(await api.cancel(job.id));
  },
  async retry(job) {
    feed.apply(await api.retry(job.id));
  },
  async delete(job) {
    if (!(await confirmDelete(job))) return;
    try {
      await api.remove(job.id);
    } catch (error) {
      if (error.status !== 404) throw error;
    }
    feed.remove(job.id);
  },
  logs: showLog,
};

function confirmDelete(job) {
  const dialog = element('confirm-delete');
  element('confirm-name').textContent = job.filename || 'The image';
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

async function showLog(job) {
  const { lines = [] } = await api.logs(job.id);
  const rows = lines.map((line) => {
    const row = document.createElement('tr');
    row.dataset.level = line.level;
    const time = new Date(line.time);
    for (const text of [time.toLocaleTimeString(), line.level, line.message]) {
      row.insertCell().textContent = text;
    }
    row.cells[0].title = time.toLocaleString();
    return row;
  });
  if (rows.length === 0) {
    const row = document.createElement('tr');
    row.insertCell().textContent = 'The log no longer reaches back to this job.';
    rows.push(row);
  }
  element('log-lines').tBodies[0].replaceChildren(...rows);
  element('log-name').textContent = job.filename;
  element('log').showModal();
}

function setUpActions() {
  element('jobs').addEventListener('click', async (event) => {
    const button = event.target.closest('[data-action]');
    const job = button && list.jobOf(button);
    if (!job) return;
    await attempt(() => actions[button.dataset.action](job));
  });
  element('more').addEventListener('click', async () => {
    await attempt(() => feed.loadMore());
  });
}

// Shows what went wrong with something that the user asked for.
async function attempt(action) {
  const notice = element('problem');
  notice.hidden = true;
  try {
    await action();
  } catch (error) {
    if (error.status === 401) {
      askForToken();
      return;
    }
    notice.textContent = error.message;
    notice.hidden = false;
  }
}

// Signing in, where the server wants a token

// What the caller may do decides which controls are shown (style.css), and the server checks it.
async function openSession() {
  let session = { authentication: 'none', role: 'admin' };
  try {
    session = await api.session();
  } catch {
    // The feed finds out whether the server answers, and goes on trying.
  }
  element('sign-out').hidden = session.authentication === 'none' || !session.role;
  document.body.dataset.role = session.role ?? '';
  if (session.role) feed.open();
  else askForToken();
}

function askForToken() {
  const dialog = element('login');
  if (dialog.open) return;
  element('login-error').textContent = '';
  dialog.showModal();
}

function setUpAccess() {
  feed.addEventListener('unauthorised', askForToken);
  // Nothing works without the token, so Escape does not close it.
  element('login').addEventListener('cancel', (event) => event.preventDefault());
  element('login-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const token = element('token');
    try {
      await api.signIn(token.value);
      token.value = '';
      element('login').close();
      openSession();
    } catch (error) {
      element('login-error').textContent = error.message;
      token.select();
    }
  });
  element('sign-out').addEventListener('click', () =>
    attempt(async () => {
      await api.signOut();
      location.reload();
    }),
  );
}

// What the feed tells

function setUpStatus() {
  const texts = { connecting: 'Connecting', live: 'Live', offline: 'Reconnecting' };
  feed.addEventListener('connection', (event) => {
    const { state, detail } = event.detail;
    element('connection').dataset.state = state;
    element('connection').title = detail ?? '';
    element('connection-text').textContent = texts[state];
  });
  feed.addEventListener('stats', () => {
    const counts = feed.stats.jobs;
    let all = 0;
    for (const state of Object.keys(format.stateNames)) {
      all += counts[state] ?? 0;
      document.querySelector(`[data-count=${state}]`).textContent = format.count(counts[state] ?? 0);
    }
    document.querySelector('[data-count=all]').textContent = format.count(all);
  });
  element('filter').addEventListener('change', (event) => feed.setFilter(event.target.value));
}

// Tells a screen reader how jobs end, a second's worth at a time.
function setUpAnnouncements() {
  let ended = [];
  let timer = 0;
  const announce = () => {
    timer = 0;
    element('announce').textContent =
      ended.length <= 3 ? ended.join('. ') : `${ended.length} jobs have ended`;
    ended = [];
  };
  feed.addEventListener('job', (event) => {
    const { job, before } = event.detail;
    if (!before || before.status === job.status) return;
    if (!['succeeded', 'failed', 'cancelled'].includes(job.status)) return;
    ended.push(`${job.filename || 'An image'} ${job.status}`);
    timer ||= setTimeout(announce, 1000);
  });
}

setUpFiles();
setUpOptions();
setUpActions();
setUpAccess();
setUpStatus();
setUpAnnouncements();
document.addEventListener('visibilitychange', () => {
  if (document.hidden) feed.pause();
  else feed.resume();
});
openSession();
