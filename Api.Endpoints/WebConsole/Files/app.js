// The frame: which page is shown, and the state of the node in the corner.

import * as api from './api.js';
import { repeat } from './dom.js';
import { nodePage } from './node.js';
import { streamPage } from './stream.js';
import { streamsPage } from './streams.js';

const main = document.getElementById('main');
const pill = document.getElementById('health');
let end = () => {};
let first = true;

function show() {
  // The skip link is no page.
  if (location.hash === '#main') return;
  end();
  main.replaceChildren();
  const [path, search] = location.hash.replace(/^#\/?/, '').split('?', 2);
  const [page, name] = path.split('/', 2).map(decode);
  if (page === 'node') end = nodePage(main);
  else if (page === 'streams' && name) end = streamPage(main, name);
  else end = streamsPage(main, new URLSearchParams(search));

  for (const link of document.querySelectorAll('[data-page]'))
    link.ariaCurrent = link.dataset.page === (page === 'node' ? 'node' : 'streams') ? 'page' : null;
  document.title = `${name || (page === 'node' ? 'Node' : 'Streams')} – Orleans.Log`;

  // Who uses a keyboard or a screen reader is taken to the new page; at the first load the browser does that.
  if (!first) main.querySelector('h1')?.focus();
  first = false;
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function health() {
  try {
    const found = await api.health();
    pill.hidden = found === null;
    pill.textContent = String(found?.health.state ?? (found?.status === 200 ? 'ready' : 'not ready'));
    pill.className = `pill ${found?.status === 200 ? 'good' : 'bad'}`;
  } catch {
    // The pages say why; the corner says that.
    pill.hidden = false;
    pill.textContent = 'no answer';
    pill.className = 'pill bad';
  }
}

window.addEventListener('hashchange', show);
window.addEventListener('pagehide', () => end());
window.addEventListener('pageshow', event => { if (event.persisted) show(); });
show();
repeat(health, 5000);
