// The append box: lines of text, or one record (or an array of them) as JSON.

import * as api from './api.js';
import { el, field } from './dom.js';
import { count, number } from './format.js';
import { Failure, problemBox, problemOf } from './problem.js';

// Every batch carries a stamp, so that one whose outcome is unknown can be sent again without being doubled.
function newStamp() {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return { id: `console-${[...random].map(byte => byte.toString(16).padStart(2, '0')).join('')}`, epoch: 0, sequence: 0 };
}

/** @param appended is called after every success. */
export function appendBox(name, appended) {
  let stamp = newStamp(), unsettled = false;
  const content = el('textarea', { rows: '4', spellcheck: 'false', 'aria-label': 'Records to append', onkeydown: shortcut });
  const expected = el('input', { inputmode: 'numeric', size: '12', placeholder: 'any' });
  const token = el('input', { autocomplete: 'off', spellcheck: 'false', placeholder: 'none' });
  const outcome = el('div', { class: 'outcome' });
  const hint = el('p', { class: 'hint' });
  const button = el('button', { class: 'primary' }, 'Append');
  const choice = (value, text) => el('label', { class: 'choice' },
    el('input', { type: 'radio', name: 'kind', value, checked: value === 'lines', onchange: () => choose(value) }), text);
  const form = el('form', { class: 'panel', 'aria-labelledby': 'append-title', onsubmit: event => { event.preventDefault(); submit(); } },
    el('div', { class: 'row spread' },
      el('h2', { id: 'append-title' }, 'Append'),
      el('div', { class: 'row tight', role: 'radiogroup', 'aria-label': 'Kind' }, choice('lines', 'Text lines'), choice('json', 'JSON record'))),
    content, hint,
    el('div', { class: 'row spread bottom' },
      el('div', { class: 'row' }, field('Only if the tail is', expected), field('Fencing token', token)),
      button),
    outcome);
  let kind = 'lines';
  choose(kind);
  return form;

  function choose(value) {
    kind = value;
    hint.textContent = value === 'lines'
      ? 'Each line is one record; all of them are one atomic batch. Ctrl+Enter appends.'
      : 'Exactly one of text, base64 and json; headers and timestamp as you like. An array of records is one atomic batch. Ctrl+Enter appends.';
    content.placeholder = value === 'lines' ? 'apples\npears' : '{"json": {"fruit": "apples"}, "headers": [["from", "garden"]]}';
  }

  function shortcut(event) {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  }

  function submit() {
    let body;
    try {
      body = bodyOf();
    } catch (error) {
      outcome.replaceChildren(problemBox(error));
      return;
    }
    sendBody(body);
  }

  // The record goes out as it was typed: reading and writing it again here would change large numbers.
  function bodyOf() {
    const text = content.value;
    let records;
    if (kind === 'lines') {
      records = JSON.stringify((text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').map(line => ({ text: line })));
      if (text === '') records = '[]';
    } else {
      try {
        JSON.parse(text);
      } catch (error) {
        throw new Failure({ code: 'bad_record', title: 'This is not JSON', detail: error.message, retryable: false, side_effects: 'none' });
      }
      records = text.trim().startsWith('[') ? text : `[${text}]`;
    }
    const tail = expected.value.trim();
    if (tail !== '' && !/^\d{1,16}$/.test(tail))
      throw new Failure({ code: 'bad_request', title: 'The expected tail is a whole number', retryable: false, side_effects: 'none' });
    return `{"records":${records}${tail === '' ? '' : `,"expected_tail":${BigInt(tail)}`}${token.value === '' ? '' : `,"fencing_token":${JSON.stringify(token.value)}`}}`;
  }

  async function sendBody(body) {
    button.disabled = true;
    outcome.replaceChildren(el('p', { class: 'hint', role: 'status' }, 'Appending…'));
    try {
      const { start, end, tail, duplicate } = await api.append(name, body, stamp);
      stamp.sequence++;
      content.value = '';
      unsettled = false;
      outcome.replaceChildren(el('p', { class: 'good', role: 'status' },
        `Appended ${count(end - start, 'record')}: ${end - start === 1 ? `LSN ${number(start)}` : `LSN ${number(start)} to ${number(end - 1)}`}, tail ${number(tail)}.`
        + (duplicate ? ' The first attempt had arrived; nothing was doubled.' : '')));
      button.disabled = false;
      await appended();
    } catch (error) {
      unsettled ||= problemOf(error).side_effects !== 'none';
      if (!unsettled) {
        outcome.replaceChildren(problemBox(error));
        button.disabled = false;
        return;
      }

      // Until it is settled nothing else may be sent under this stamp, or it would be taken for the batch whose outcome is unknown. What a second
      // attempt says of itself ("no side effects") says nothing about the first.
      outcome.replaceChildren(problemBox(error,
        el('button', { class: 'primary', type: 'button', onclick: () => sendBody(body) }, 'Send again (cannot be doubled)'),
        el('button', {
          type: 'button',
          onclick: () => {
            stamp = newStamp();
            unsettled = false;
            button.disabled = false;
            outcome.replaceChildren();
          },
        }, 'Leave it')));
    }
  }
}
