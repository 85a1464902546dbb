// Numbers and times for people.

const whole = new Intl.NumberFormat('en-US');

export const number = value => whole.format(value);

export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? '' : 's'}`;

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : short(value)} ${units[unit]}`;
}

export function seconds(value) {
  if (value === 0) return '0 s';
  if (value < 0.001) return `${short(value * 1e6)} µs`;
  return value < 1 ? `${short(value * 1e3)} ms` : `${short(value)} s`;
}

export function amount(value) {
  const units = ['', 'k', 'M', 'G'];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${short(value)}${units[unit]}`;
}

/** Local time to the millisecond. */
export function time(milliseconds) {
  const at = new Date(milliseconds);
  if (Number.isNaN(at.getTime())) return String(milliseconds);
  const two = value => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} `
    + `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

export const utc = milliseconds => {
  const at = new Date(milliseconds);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
};

function short(value) {
  return value === 0 ? '0' : String(Number(value.toPrecision(value >= 1000 ? 4 : 3)));
}
