// The records that are held and shown: a bounded number of rows and of characters, the oldest go first.

import { el } from './dom.js';
import { bytes, number, time, utc } from './format.js';
import { show, sizeOf } from './payload.js';
import { visible } from './visible.js';

/** Most rows, and most characters of payload in them all. */
const ROWS = 500, CHARACTERS = 8 * 1024 * 1024;

/** Characters of a payload that are shown before somebody asks for all of them. */
const SHOWN = 2000;

export class Rows {
  #held = [];
  #waiting = [];
  #characters = 0;
  #form = 'text';
  #frame = 0;
  #follows = true;

  /** Scrolls by itself as long as its end can be seen. */
  element = el('ol', {
    class: 'records', tabindex: '0', 'aria-label': 'Records',
    onscroll: () => { this.#follows = this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 40; },
  });

  get first() {
    return this.#held[0]?.lsn ?? this.#waiting[0]?.lsn ?? null;
  }

  get last() {
    return this.#waiting.at(-1)?.lsn ?? this.#held.at(-1)?.lsn ?? null;
  }

  clear() {
    [this.#held, this.#waiting, this.#characters, this.#follows] = [[], [], 0, true];
    this.element.replaceChildren();
  }

  /** Takes records; they are drawn with the next frame. A hidden page draws no frames, so what waits is bounded too. */
  add(records) {
    for (const record of records) {
      this.#waiting.push(record);
      this.#characters += lengthOf(record);
    }
    while (this.#waiting.length > ROWS || (this.#characters > CHARACTERS && this.#held.length + this.#waiting.length > 1)) this.#dropFirst();
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  /** Shows all payloads as text, json or base64. */
  setForm(form) {
    this.#form = form;
    this.element.replaceChildren(...this.#held.map(record => this.#row(record)));
  }

  #dropFirst() {
    if (this.#held.length > 0) this.element.firstElementChild?.remove();
    this.#characters -= lengthOf((this.#held.length > 0 ? this.#held : this.#waiting).shift());
  }

  #draw() {
    this.#frame = 0;
    const rows = this.#waiting.map(record => this.#row(record));
    this.#held.push(...this.#waiting);
    this.#waiting = [];
    this.element.append(...rows);
    while (this.#held.length > ROWS) this.#dropFirst();
    if (this.#follows) this.element.scrollTop = this.element.scrollHeight;
  }

  #row(record) {
    const { text, note, ownLines } = show(record, this.#form);
    const payload = el('pre', { class: 'payload', dir: 'ltr' });
    const fill = all => {
      payload.replaceChildren(visible(all ? text : cut(text), ownLines));
      if (!all && text.length > SHOWN)
        payload.append(el('button', { class: 'link', onclick: () => fill(true) }, `… show all ${number(text.length)} characters`));
    };
    fill(false);
    return el('li', { 'data-lsn': String(record.lsn) },
      el('div', { class: 'meta' },
        el('b', { title: 'LSN' }, String(record.lsn)),
        el('time', { datetime: utc(record.timestamp), title: utc(record.timestamp) }, time(record.timestamp)),
        el('span', {}, bytes(sizeOf(record))),
        note && el('span', { class: 'note' }, note)),
      record.headers && el('ul', { class: 'headers', 'aria-label': 'Headers' }, record.headers.map(([name, value]) =>
        el('li', {}, el('b', {}, part(name)), ' ', part(value)))),
      payload);
  }
}

// Not through the middle of a surrogate pair.
const cut = text => text.length <= SHOWN ? text : text.slice(0, /[\uD800-\uDBFF]/.test(text[SHOWN - 1]) ? SHOWN - 1 : SHOWN);

const part = value => typeof value === 'string' ? visible(value.slice(0, SHOWN)) : visible(`base64:${value.base64.slice(0, SHOWN)}`);

const lengthOf = record => (record.text ?? record.base64).length
  + (record.headers ?? []).reduce((sum, pair) => sum + pair.reduce((both, one) => both + (one.length ?? one.base64.length), 0), 0);
