// Making elements. Text only ever becomes text nodes: nothing here, or anywhere in the console, parses a string as markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

/** An HTML element: attributes, listeners as on…, then children: nodes, or strings that become text. */
export const el = (tag, props = {}, ...children) => fill(document.createElement(tag), props, children);

/** The same for SVG. */
export const svg = (tag, props = {}, ...children) => fill(document.createElementNS(SVG, tag), props, children);

/** A labelled control. */
export const field = (label, control, hint) =>
  el('label', { class: 'field' }, el('span', { class: 'label' }, label), control, hint && el('span', { class: 'hint' }, hint));

/** Calls a function now and then every so many milliseconds while the page can be seen, never twice at once. Returns what stops it. */
export function repeat(act, milliseconds) {
  let timer = 0, stopped = false, running = false;
  async function round() {
    clearTimeout(timer);
    if (running) return;
    running = true;
    try {
      if (!document.hidden) await act();
    } finally {
      running = false;
      if (!stopped) timer = setTimeout(round, milliseconds);
    }
  }
  const shown = () => { if (!document.hidden && !stopped) round(); };
  document.addEventListener('visibilitychange', shown);
  round();
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', shown);
  };
}
