// The node: its state from /health, plots from /metrics.

import * as api from './api.js';
import { el, repeat } from './dom.js';
import { amount, bytes, number, seconds } from './format.js';
import { INTERVAL, Samples } from './metrics.js';
import { Plot } from './plot.js';
import { problemBox } from './problem.js';
import { visible } from './visible.js';

const perSecond = format => value => `${format(value)}/s`;

const NAMES = {
  state: 'State', streams: 'Streams', damaged_streams: 'Damaged streams', catalog_damage: 'Catalog damage', checkpoint_failure: 'Last checkpoint failed',
  wal_sync: 'WAL writes', wal_bytes: 'WAL size', recovered_entries: 'Entries replayed at start', recovery_seconds: 'Start took',
};

const SHOWN = { wal_bytes: bytes, recovery_seconds: seconds };

// Kept while the console is open, so that a look at a stream costs no history but a gap.
const samples = new Samples();

/** Shows the page. Returns what ends it. */
export function nodePage(main) {
  const state = el('div'), trouble = el('div'), facts = el('dl', { class: 'facts' });
  const plots = [
    [new Plot('Records appended', ['records'], perSecond(amount)), () => [samples.rate('orleans_log_append_batch_records_sum')]],
    [new Plot('Throughput', ['appended', 'read'], perSecond(bytes), true),
      () => [samples.rate('orleans_log_append_batch_size_bytes_sum'), samples.rate('orleans_log_read_bytes_total')]],
    [new Plot('Append latency', ['median', '99th percentile'], seconds),
      () => [samples.quantile('orleans_log_append_duration_seconds', 0.5), samples.quantile('orleans_log_append_duration_seconds', 0.99)]],
    [new Plot('WAL flush', ['median', '99th percentile'], seconds),
      () => [samples.quantile('orleans_log_wal_flush_duration_seconds', 0.5), samples.quantile('orleans_log_wal_flush_duration_seconds', 0.99)]],
    [new Plot('WAL size', ['size'], bytes, true), () => [samples.gauge('orleans_log_wal_size_bytes')]],
    [new Plot('In flight', ['bytes'], bytes, true), () => [samples.gauge('orleans_log_wal_in_flight_bytes')]],
  ];
  const grid = el('div', { class: 'plots' }, plots.map(([plot]) => plot.element));
  main.append(el('div', { class: 'head' }, el('h1', { tabindex: '-1' }, 'Node')), state, facts, trouble, grid);
  const stops = [repeat(health, 3000), repeat(sample, INTERVAL * 1000)];
  return () => {
    stops.forEach(stop => stop());
    plots.forEach(([plot]) => plot.end());
  };

  async function health() {
    try {
      const found = await api.health();
      if (found === null) {
        state.replaceChildren(el('p', { class: 'note' }, 'This host has no /health.'));
        return;
      }
      state.replaceChildren();
      facts.replaceChildren(...Object.entries(found.health)
        .filter(([name]) => name !== 'ready')
        .map(([name, value]) => el('div', { 'data-fact': name }, el('dt', {}, NAMES[name] ?? visible(name)),
          el('dd', {}, name === 'state' ? el('span', { class: `pill ${found.status === 200 ? 'good' : 'bad'}` }, visible(String(value))) : said(name, value)))));
    } catch (error) {
      state.replaceChildren(problemBox(error));
    }
  }

  async function sample() {
    try {
      const measured = await samples.take();
      grid.hidden = !measured;
      trouble.replaceChildren(...measured ? [] : [el('p', { class: 'note' }, 'This host has no /metrics that the console can read.')]);
      for (const [plot, lines] of plots) plot.set(...lines());
    } catch (error) {
      trouble.replaceChildren(problemBox(error));
    }
  }
}

function said(name, value) {
  if (value === null) return 'none';
  if (typeof value === 'number') return (SHOWN[name] ?? number)(value);
  return visible(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
