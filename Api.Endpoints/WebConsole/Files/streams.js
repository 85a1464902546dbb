// The list of streams, and making one.

import * as api from './api.js';
import { el, field, repeat } from './dom.js';
import { bytes, number, time, utc } from './format.js';
import { guarded, problemBox } from './problem.js';
import { visible } from './visible.js';

const PAGE = 50;

/** Shows the page; parameters prefix and after are those of the listing. Returns what ends it. */
export function streamsPage(main, parameters) {
  const prefix = parameters.get('prefix') ?? '', after = parameters.get('after') ?? '';
  const trouble = el('div'), rows = el('tbody'), empty = el('p', { class: 'empty', hidden: true });
  const paging = el('nav', { class: 'row paging', 'aria-label': 'Pages of the list' });
  const filter = el('input', { name: 'prefix', value: prefix, placeholder: 'all', spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off' });

  main.append(
    el('div', { class: 'head' }, el('h1', { tabindex: '-1' }, 'Streams')),
    el('div', { class: 'row spread' },
      el('form', { class: 'row', role: 'search', onsubmit: event => { event.preventDefault(); go(filter.value.trim(), ''); } },
        field('Name begins with', filter), el('button', {}, 'Filter')),
      createForm()),
    trouble,
    el('div', { class: 'table' }, el('table', { class: 'streams' },
      el('thead', {}, el('tr', {}, ['Name', 'Head', 'Tail', 'Bytes', 'Term', 'Last record', 'State'].map((title, column) =>
        el('th', { scope: 'col', class: column > 0 && column < 5 && 'num' }, title)))),
      rows)),
    empty,
    paging);
  return repeat(refresh, 5000);

  async function refresh() {
    try {
      const page = await api.list(prefix, after, PAGE);
      trouble.replaceChildren();
      rows.replaceChildren(...page.streams.map(row));
      empty.hidden = page.streams.length > 0;
      empty.textContent = prefix === '' && after === '' ? 'There is no stream yet.' : 'No stream matches.';
      paging.replaceChildren(...[
        after !== '' && el('a', { class: 'button', href: link(prefix, '') }, 'First page'),
        page.has_more && el('a', { class: 'button', href: link(prefix, page.next_after) }, 'Next page'),
      ].filter(Boolean));
    } catch (error) {
      // What is shown is kept: it was true a moment ago, and the box says that it may not be any more.
      trouble.replaceChildren(problemBox(error));
    }
  }
}

const link = (prefix, after) => `#/streams?${new URLSearchParams(Object.entries({ prefix, after }).filter(([, value]) => value !== ''))}`;

const go = (prefix, after) => { location.hash = link(prefix, after); };

function row(stream) {
  const cell = (label, content, kind) => el('td', { 'data-label': label, class: kind }, content);
  return el('tr', {},
    el('th', { scope: 'row' }, el('a', { href: `#/streams/${encodeURIComponent(stream.name)}` }, visible(stream.name))),
    cell('Head', number(stream.head), 'num'),
    cell('Tail', number(stream.tail), 'num'),
    cell('Bytes', bytes(stream.bytes), 'num'),
    cell('Term', number(stream.term), 'num'),
    cell('Last record', stream.last_timestamp === undefined
      ? '–' : el('time', { datetime: utc(stream.last_timestamp), title: utc(stream.last_timestamp) }, time(stream.last_timestamp))),
    cell('State', el('span', { class: 'row tight' }, badges(stream))));
}

/** What is special about a stream. */
export const badges = stream => [
  stream.available === false && el('span', { class: 'pill bad', title: 'The node that holds it is away: positions are lower bounds' }, 'away'),
  stream.sealed ? el('span', { class: 'pill warn' }, 'sealed') : el('span', { class: 'pill good' }, 'open'),
  stream.fenced && el('span', { class: 'pill' }, 'fenced'),
];

function createForm() {
  const name = el('input', { name: 'name', required: true, maxlength: '256', spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off' });
  const largest = el('input', { name: 'max_record_bytes', type: 'number', min: '1', max: '1048576', placeholder: '1048576' });
  const trouble = el('div');
  const details = el('details', { class: 'create' },
    el('summary', { class: 'button primary' }, 'New stream'),
    el('form', { class: 'panel', onsubmit: submit },
      field('Name', name, 'Letters, digits and . _ : ~ -'),
      field('Largest record, bytes', largest, 'Empty: the default'),
      trouble,
      el('div', { class: 'row end' }, el('button', { class: 'primary' }, 'Create'))));
  return details;

  async function submit(event) {
    event.preventDefault();
    const config = largest.value === '' ? {} : { max_record_bytes: Number(largest.value) };
    if (await guarded(trouble, () => api.create(name.value.trim(), config)))
      location.hash = `#/streams/${encodeURIComponent(name.value.trim())}`;
  }
}
