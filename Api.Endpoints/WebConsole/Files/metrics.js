// What /metrics says, sampled over time. The names are those of docs/OPERATIONS.md.

import * as api from './api.js';

/** Seconds between samples, and how many are kept. */
export const INTERVAL = 2, KEPT = 150;

/** Reads Prometheus text: name → { sum over all series, buckets: upper bound → count }. Lines that it does not understand count for nothing. */
export function parse(text) {
  const metrics = new Map();
  for (const line of text.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (match === null) continue;
    const value = Number(match[3].replace('+Inf', 'Infinity'));
    const metric = metrics.get(match[1]) ?? { sum: 0, buckets: new Map() };
    metrics.set(match[1], metric);
    const bound = /(?:^|,)le="([^"]*)"/.exec(match[2] ?? '')?.[1];
    if (bound === undefined) {
      metric.sum += value;
    } else {
      const key = Number(bound.replace('+Inf', 'Infinity'));
      metric.buckets.set(key, (metric.buckets.get(key) ?? 0) + value);
    }
  }
  return metrics;
}

/** Samples, the oldest first. */
export class Samples {
  #samples = [];

  /** Takes one more; false if the host measures nothing of ours. Throws a Failure if it does not answer. */
  async take() {
    const text = await api.metrics();
    if (text === null) return false;
    const metrics = parse(text);
    if (![...metrics.keys()].some(name => name.startsWith('orleans_log_'))) return false;
    this.#samples.push({ time: Date.now(), metrics });
    if (this.#samples.length > KEPT) this.#samples.shift();
    return true;
  }

  /** A value as it stood: [[time, value or null]…]. */
  gauge(name) {
    return this.#samples.map(({ time, metrics }) => [time, metrics.get(name)?.sum ?? null]);
  }

  /** Growth of a counter for each second. */
  rate(name) {
    return this.#steps((before, now, seconds) => {
      const growth = (now.get(name)?.sum ?? 0) - (before.get(name)?.sum ?? 0);
      return growth < 0 ? null : growth / seconds;
    });
  }

  /** A quantile of what a histogram took between two samples; null where it took nothing. Interpolated within its bucket. */
  quantile(name, q) {
    return this.#steps((before, now) => {
      const bounds = [...(now.get(`${name}_bucket`)?.buckets ?? [])].sort(([one], [other]) => one - other);
      const counts = bounds.map(([bound, count]) => count - (before.get(`${name}_bucket`)?.buckets.get(bound) ?? 0));
      const total = counts.at(-1) ?? 0;
      if (total <= 0) return null;
      const at = counts.findIndex(count => count >= q * total);
      const from = at === 0 ? 0 : bounds[at - 1][0], below = at === 0 ? 0 : counts[at - 1];
      return bounds[at][0] === Infinity ? from : from + (bounds[at][0] - from) * (q * total - below) / (counts[at] - below);
    });
  }

  #steps(value) {
    return this.#samples.slice(1).map((now, index) => {
      const before = this.#samples[index];
      return [now.time, value(before.metrics, now.metrics, (now.time - before.time) / 1000)];
    });
  }
}
