// One stream: what it is, its live tail, appending to it, ending it.

import { appendBox } from './append.js';
import * as api from './api.js';
import { ask } from './dialog.js';
import { el, repeat } from './dom.js';
import { bytes, number, time, utc } from './format.js';
import { guarded, problemBox } from './problem.js';
import { badges } from './streams.js';
import { Tail } from './tail.js';
import { visible } from './visible.js';

/** Shows the page of a stream. Returns what ends it. */
export function streamPage(main, name) {
  const trouble = el('div'), outcome = el('div'), state = el('span', { class: 'row tight' }), facts = el('dl', { class: 'facts' });
  let known = null;
  const tail = new Tail(name, () => known);
  main.append(
    el('div', { class: 'head' },
      el('p', { class: 'crumb' }, el('a', { href: '#/streams' }, 'Streams')),
      el('h1', { tabindex: '-1', class: 'name' }, visible(name)),
      state),
    trouble,
    facts,
    tail.element,
    appendBox(name, refresh),
    el('section', { class: 'panel', 'aria-labelledby': 'manage-title' },
      el('h2', { id: 'manage-title' }, 'Manage'),
      el('div', { class: 'row' },
        el('button', { onclick: trim }, 'Trim…'), el('button', { onclick: seal }, 'Seal…'), el('button', { class: 'danger', onclick: remove }, 'Delete…')),
      outcome));
  const stop = repeat(refresh, 3000);
  return () => {
    stop();
    tail.end();
  };

  async function refresh() {
    try {
      const stream = known = await api.describe(name);
      trouble.replaceChildren();
      state.replaceChildren(...badges(stream).filter(Boolean));
      facts.replaceChildren(...[
        ['Head', number(stream.head)],
        ['Tail', number(stream.tail)],
        ['Records', number(stream.tail - stream.head)],
        ['Bytes', bytes(stream.bytes)],
        ['Term', number(stream.term)],
        ...stream.offloaded > 0 ? [['Offloaded up to', number(stream.offloaded)]] : [],
        ['Last record', stream.last_timestamp === undefined ? '–' : moment(stream.last_timestamp)],
        ['Created', moment(Date.parse(stream.created_at))],
        ['Largest record', bytes(stream.config.max_record_bytes)],
        ...Object.entries(stream.config.labels ?? {}).map(([label, value]) => [visible(label), visible(String(value))]),
      ].map(([label, value]) => el('div', {}, el('dt', {}, label), el('dd', {}, value))));
      tail.look();
    } catch (error) {
      trouble.replaceChildren(problemBox(error));
    }
  }

  async function trim() {
    const before = await ask({
      title: 'Trim the stream?',
      text: `Every record below the LSN is gone for good. The stream has the records ${number(known?.head ?? 0)} to ${number(known?.tail ?? 0)}, the last not included.`,
      action: 'Trim',
      input: {
        label: 'Give up everything below LSN',
        element: el('input', { inputmode: 'numeric' }),
        check: value => /^\d{1,16}$/.test(value) ? '' : 'An LSN is a whole number.',
      },
    });
    if (before !== null)
      await done(() => api.trim(name, Number(before)), answer => `Trimmed: the head is ${number(answer.head)}.`);
  }

  async function seal() {
    const yes = await ask({
      title: 'Seal the stream?',
      text: 'It ends for good at its present tail: nothing can be appended any more, and sealing cannot be undone. Reading goes on.',
      action: 'Seal',
    });
    if (yes !== null)
      await done(() => api.seal(name), answer => `Sealed at ${number(answer.tail)}.`);
  }

  async function remove() {
    const typed = await ask({
      title: 'Delete the stream?',
      text: `${name} and all its records are gone for good, for everybody.`,
      action: 'Delete',
      input: {
        label: 'Type the name of the stream to go on',
        element: el('input', { spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off' }),
        check: value => value === name ? '' : 'That is not its name.',
      },
    });
    if (typed !== null && await guarded(outcome, () => api.remove(name)))
      location.hash = '#/streams';
  }

  async function done(act, say) {
    await guarded(outcome, async () => {
      const answer = await act();
      outcome.replaceChildren(el('p', { class: 'good', role: 'status' }, say(answer)));
    });
    await refresh();
  }
}

const moment = at => el('time', { datetime: utc(at), title: utc(at) }, time(at));
