// The live tail: follow, pause, resume, go elsewhere by LSN or time, and leaf through pages while paused.

import * as api from './api.js';
import { el, field } from './dom.js';
import { Follower } from './follower.js';
import { number } from './format.js';
import { Failure, problemBox } from './problem.js';
import { Rows } from './rows.js';

/** Records of a page while paused, and of what is shown from before the tail at first. */
const PAGE = 100;

const FORMS = [['text', 'Text'], ['json', 'JSON'], ['base64', 'Base64']];

export class Tail {
  #name;
  #known;
  #rows = new Rows();
  #follower = null;
  #start = { last: PAGE };
  #resumeId = null;
  #state = 'paused';
  #reads = 0;

  #pause = el('button', { class: 'primary', onclick: () => this.#state === 'paused' ? this.#resume() : this.#halt() });
  #status = el('span', { role: 'status' });
  #lag = el('span', { class: 'hint' });
  #trouble = el('div');
  #earlier = el('button', { onclick: () => this.#page(-1) }, '‹ Earlier');
  #later = el('button', { onclick: () => this.#page(1) }, 'Later ›');
  #how = el('select', { onchange: () => this.#chosen() },
    [['newest', 'Newest'], ['lsn', 'LSN'], ['time', 'Time'], ['head', 'Oldest']].map(([value, text]) => el('option', { value }, text)));
  #lsn = el('input', { inputmode: 'numeric', 'aria-label': 'LSN', size: '12' });
  #time = el('input', { type: 'datetime-local', step: '0.001', 'aria-label': 'Time' });

  /** @param known gives the stream as it was last described, or null. */
  constructor(name, known) {
    [this.#name, this.#known] = [name, known];
    this.element = el('section', { class: 'panel', 'aria-labelledby': 'tail-title' },
      el('div', { class: 'row spread' },
        el('h2', { id: 'tail-title' }, 'Records'),
        el('div', { class: 'row tight', role: 'radiogroup', 'aria-label': 'Show payloads as' }, FORMS.map(([value, text]) => el('label', { class: 'choice' },
          el('input', { type: 'radio', name: 'form', value, checked: value === 'text', onchange: () => this.#rows.setForm(value) }), text)))),
      el('div', { class: 'row spread' },
        el('div', { class: 'row' }, this.#pause, this.#earlier, this.#later, this.#status, this.#lag),
        el('form', { class: 'row tight', onsubmit: event => { event.preventDefault(); this.#seek(); } },
          field('Go to', this.#how), this.#lsn, this.#time, el('button', {}, 'Go'))),
      this.#trouble,
      this.#rows.element);
    this.#chosen();
    this.#resume();
  }

  /** Says how far behind the tail the last shown record is. */
  look() {
    const known = this.#known();
    const behind = known === null || this.#rows.last === null ? 0 : known.tail - this.#rows.last - 1;
    this.#lag.textContent = behind > 0 ? `${number(behind)} behind the tail` : '';
  }

  end() {
    this.#reads++;
    this.#follower?.stop();
  }

  #chosen() {
    this.#lsn.hidden = this.#how.value !== 'lsn';
    this.#time.hidden = this.#how.value !== 'time';
  }

  #show(state, text) {
    this.#state = state;
    this.#pause.textContent = state === 'paused' ? 'Resume' : 'Pause';
    this.#pause.disabled = state === 'ended';
    this.#earlier.disabled = this.#later.disabled = state === 'live';
    this.#status.textContent = text;
    this.#status.dataset.state = state;
    this.look();
  }

  // A pause ends the connection: whatever comes meanwhile stays on the server, and no amount of it fills this page.
  #halt() {
    this.#resumeId = this.#follower?.lastId ?? this.#resumeId;
    this.#follower?.stop();
    this.#follower = null;
    this.#show('paused', 'Paused');
  }

  #resume() {
    this.#trouble.replaceChildren();
    this.#show('live', 'Connecting…');
    this.#reads++;
    this.#follower?.stop();
    this.#follower = new Follower(this.#name, this.#start, {
      open: () => this.#alive(),
      batch: page => {
        this.#rows.add(page.records);
        this.#alive();
      },
      lost: (problem, seconds) => {
        this.#show('live', `Trying again in ${seconds} s`);
        this.#trouble.replaceChildren(problemBox(new Failure({ ...problem, title: `Connection lost: ${problem.title}` })));
      },
      replaced: () => this.#begin({ last: PAGE }, 'The stream was deleted and made anew under its name; this is the new one.'),
      sealed: () => this.#show('ended', 'Sealed: this is the end'),
      failed: error => this.#fail(error),
    }, this.#resumeId);
  }

  #alive() {
    if (this.#status.textContent === 'Live') {
      this.look();
      return;
    }
    this.#trouble.querySelector('.problem')?.remove();
    this.#show('live', 'Live');
  }

  #fail(error) {
    this.#resumeId = this.#follower?.lastId ?? this.#resumeId;
    this.#follower = null;
    this.#show('paused', 'Stopped');
    this.#trouble.replaceChildren(problemBox(error));
  }

  #begin(start, remark = null) {
    [this.#start, this.#resumeId] = [start, null];
    this.#rows.clear();
    this.#resume();
    if (remark !== null) this.#trouble.replaceChildren(el('p', { class: 'note' }, remark));
  }

  /** Live: follows from there. Paused: shows the page from there and stays paused. */
  #seek() {
    const start = this.#wanted();
    if (start === null) return;
    if (this.#state === 'paused') this.#read(start);
    else this.#begin(start);
  }

  #wanted() {
    switch (this.#how.value) {
      case 'lsn':
        if (/^\d{1,16}$/.test(this.#lsn.value.trim())) return { from: this.#lsn.value.trim() };
        this.#lsn.focus();
        return null;
      case 'time': {
        const at = new Date(this.#time.value).getTime();
        if (at >= 0) return { since: at };
        this.#time.focus();
        return null;
      }
      case 'head':
        return { from: 0, clamp: true };
      default:
        return { last: PAGE };
    }
  }

  #page(direction) {
    const { first, last } = this.#rows;
    if (direction > 0) this.#read({ from: last === null ? 0 : last + 1, clamp: true });
    else this.#read({ from: Math.max(0, (first ?? this.#known()?.tail ?? 0) - PAGE), clamp: true }, first);
  }

  async #read(range, end = null) {
    const read = ++this.#reads;
    this.#trouble.replaceChildren();
    try {
      const page = await api.read(this.#name, { ...range, limit: PAGE });
      if (read !== this.#reads) return;
      const records = end === null ? page.records : page.records.filter(record => record.lsn < end);
      if (records.length === 0) {
        this.#trouble.replaceChildren(el('p', { class: 'note', role: 'status' }, 'There are no records there.'));
        return;
      }
      this.#rows.clear();
      this.#rows.add(records);
      const next = records.at(-1).lsn + 1;
      [this.#start, this.#resumeId] = [{ from: next, clamp: true, stream_id: page.stream }, null];
      this.#show('paused', `Paused at ${number(records[0].lsn)} to ${number(next - 1)}`);
    } catch (error) {
      if (read === this.#reads) this.#trouble.replaceChildren(problemBox(error));
    }
  }
}
