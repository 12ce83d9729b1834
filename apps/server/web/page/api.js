// The calls of the REST API that the page makes. URLs are relative to the page, so that it works
// below a path of a reverse proxy as well.

export class ApiError extends Error {
  // status 0: no answer at all.
  constructor(status, code, detail, retryAfter = 0) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

const unreachable = () => new ApiError(0, 'unreachable', 'The server cannot be reached.');

// RFC 9457: the detail is a sentence for people, the code is for programs.
export function problem(status, body, retryAfter) {
  let parsed = {};
  try {
    parsed = JSON.parse(body) ?? {};
  } catch {
    // Not from thumbd but from something in between; the status has to do.
  }
  const text = parsed.detail || parsed.title || `The server answered with status ${status}.`;
  return new ApiError(status, parsed.code || `http_${status}`, text, Number(retryAfter) || 0);
}

async function call(method, path, body) {
  const options = { method, headers: { Accept: 'application/json' } };
  if (body !== undefined) {
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  let response;
  let text;
  try {
    response = await fetch(path, options);
    text = await response.text();
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw problem(response.status, text, response.headers.get('Retry-After'));
  return text ? JSON.parse(text) : null;
}

const jobPath = (id) => `v1/jobs/${encodeURIComponent(id)}`;

export function list({ status, cursor, limit }) {
  const query = new URLSearchParams({ limit });
  if (status) query.set('status', status);
  if (cursor) query.set('cursor', cursor);
  return call('GET', `v1/jobs?${query}`);
}

export const stats = () => call('GET', 'v1/stats');
export const cancel = (id) => call('POST', `${jobPath(id)}/cancel`);
export const retry = (id) => call('POST', `${jobPath(id)}/retry`);
export const remove = (id) => call('DELETE', jobPath(id));
export const logs = (id) => call('GET', `${jobPath(id)}/logs`);
export const session = () => call('GET', 'session');
export const signIn = (token) => call('POST', 'session', { token });
export const signOut = () => call('DELETE', 'session');

export const thumbnailUrl = (id) => `${jobPath(id)}/thumbnail`;
export const originalUrl = (id) => `${jobPath(id)}/original`;
export const eventsUrl = (cursor) => `v1/events?${new URLSearchParams({ since: cursor })}`;

// Sends one image; XMLHttpRequest, since fetch does not tell how far it is. The key makes a
// repeat after a lost answer give the same job.
export function submit(file, options, key, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ ...options, filename: file.name });
    request.open('POST', `v1/jobs?${query}`);
    const image = file.type.startsWith('image/');
    request.setRequestHeader('Content-Type', image ? file.type : 'application/octet-stream');
    request.setRequestHeader('Idempotency-Key', key);
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        resolve(JSON.parse(request.responseText));
      } else {
        reject(problem(request.status, request.responseText, request.getResponseHeader('Retry-After')));
      }
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new ApiError(0, 'aborted', 'Stopped.'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}
