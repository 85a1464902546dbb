// Asking before something that cannot be taken back.

import { el, field } from './dom.js';

/**
 * Asks, and gives what was entered (or true where there is nothing to enter), or null if the answer is no.
 * ask: { title, text, action, input?: { label, element, check(value) → complaint or '' } }
 */
export function ask({ title, text, action, input }) {
  return new Promise(resolve => {
    const complaint = el('p', { class: 'complaint', role: 'alert' });
    const dialog = el('dialog', { 'aria-labelledby': 'dialog-title', onclose: () => { dialog.remove(); resolve(answer); } },
      el('form', { onsubmit: submit },
        el('h2', { id: 'dialog-title' }, title),
        el('p', {}, text),
        input && field(input.label, input.element),
        complaint,
        el('div', { class: 'row end' },
          el('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
          el('button', { type: 'submit', class: 'danger' }, action))));
    let answer = null;
    document.body.append(dialog);
    dialog.showModal();
    input?.element.select?.();

    function submit(event) {
      event.preventDefault();
      const value = input ? input.element.value.trim() : true;
      complaint.textContent = input ? input.check(value) : '';
      if (complaint.textContent !== '') return;
      answer = value;
      dialog.close();
    }
  });
}
