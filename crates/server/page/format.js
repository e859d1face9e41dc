// Numbers, times and sizes for people. Values stay raw on the wire; `Column.unit` says how to read them.

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat(undefined, { maximumFractionDigits: 3 });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export const count = (value) => exact.format(value);

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let size = Math.abs(value);
  let step = 0;
  while (size >= 1024 && step < units.length - 1) {
    size /= 1024;
    step += 1;
  }
  return `${value < 0 ? '−' : ''}${(size < 10 && step ? short : whole).format(size)} ${units[step]}`;
}

/** A duration from milliseconds: `0.42 ms`, `310 ms`, `2.4 s`, `3 min 20 s`, `5 h 12 min`, `3 d 4 h`. */
export function duration(ms) {
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 10) return `${exact.format(ms)} ms`;
  if (ms < 1000) return `${whole.format(Math.round(ms))} ms`;
  if (ms < 60_000) return `${short.format(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

/** Today: the time. Otherwise: day and time. */
export function moment(text) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return String(text);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
}

export function fullMoment(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? String(text) : full.format(date);
}

/** `just now`, `4 min ago`, `3 h ago`, otherwise the moment itself. */
export function ago(text) {
  const seconds = (Date.now() - new Date(text).getTime()) / 1000;
  if (seconds < 45) return 'just now';
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return moment(text);
}

/** Time left until a moment: `29 min`, `1 min 20 s`, `12 s`; null when it has passed. */
export function left(text) {
  const seconds = Math.ceil((new Date(text).getTime() - Date.now()) / 1000);
  if (seconds <= 0) return null;
  if (seconds >= 300) return `${Math.round(seconds / 60)} min`;
  return seconds >= 60 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${seconds} s`;
}

/** The unit that a name carries at its end (`size_bytes`, `waited ms`), for values that have no column. */
export const unitInName = (name) => /(?:^|[_ ])(bytes|ms|seconds|percent)$/.exec(name)?.[1];

/** Whether cells of this unit are numbers to be aligned right. */
export const isNumeric = (unit) => ['bytes', 'ms', 'seconds', 'percent', 'count'].includes(unit);

/** A cell as text. Unknown units and values that do not fit the unit are shown as they are. */
export function cell(value, unit) {
  if (value === null || value === undefined) return '–';
  if (Array.isArray(value)) return value.map((one) => cell(one, unit)).join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (unit === 'time' && (typeof value === 'string' || typeof value === 'number')) return moment(value);
  if (typeof value === 'number') return numeric(value, unit);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function numeric(value, unit) {
  switch (unit) {
    case 'bytes':
      return bytes(value);
    case 'ms':
      return duration(value);
    case 'seconds':
      return duration(value * 1000);
    case 'percent':
      return `${short.format(value)} %`;
    case 'count':
      return count(value);
    default:
      return Number.isInteger(value) ? String(value) : exact.format(value);
  }
}
