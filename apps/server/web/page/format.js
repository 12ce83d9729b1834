// Turns values of the API into text for people.

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export function bytes(count) {
  const units = ['bytes', 'KB', 'MB', 'GB'];
  let unit = 0;
  while (count >= 999.5 && unit < units.length - 1) {
    count /= 1000;
    unit += 1;
  }
  return `${number.format(count >= 10 ? Math.round(count) : count)} ${units[unit]}`;
}

export function count(value) {
  return new Intl.NumberFormat('en').format(value);
}

export function duration(milliseconds) {
  const ms = Math.max(0, milliseconds);
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${number.format(ms / 1000)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`;
}

// How long ago, or from when on which day.
export function ago(time, now) {
  const seconds = (now - time) / 1000;
  if (seconds < 10) return 'just now';
  if (seconds < 60) return `${Math.floor(seconds / 10) * 10} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return time.toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
}

// image/jpeg -> JPEG
export function mediaType(type) {
  return type ? type.replace(/^image\//, '').replace(/[+;].*$/, '').toUpperCase() : '';
}

export const stateNames = {
  queued: 'Queued',
  processing: 'Processing',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Cancelled',
};
