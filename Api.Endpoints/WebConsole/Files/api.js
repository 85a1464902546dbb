// Calls of the HTTP API. Addresses are relative to the page, so that the console works below any path that a host puts it at.

import { Failure, unreachable } from './problem.js';

// The server gives up on an append after 30 seconds; it should be the one to say so.
const PATIENCE = 40_000;

export const address = path => new URL(path, document.baseURI);

const streamPath = (name, part) => `v1/streams/${encodeURIComponent(name)}${part ? `/${part}` : ''}`;

/** Sends a request and returns the answer if it is a good one; throws a Failure otherwise. */
export async function send(method, path, { headers, body, signal } = {}) {
  const changes = method !== 'GET' && method !== 'HEAD';
  let response;
  try {
    response = await fetch(address(path), { method, headers, body, signal, cache: 'no-store', credentials: 'same-origin' });
  } catch (error) {
    if (error?.name === 'AbortError') throw error;
    throw unreachable(error?.name === 'TimeoutError' ? `No answer within ${PATIENCE / 1000} s.` : String(error?.message), changes);
  }
  if (response.ok) return response;
  throw new Failure(await problemIn(response, changes));
}

async function problemIn(response, changes) {
  const bare = {
    code: `http_${response.status}`,
    title: `The server answered ${response.status} ${response.statusText}`,
    status: response.status,
    retryable: false,
    side_effects: changes ? 'possible' : 'none',
  };
  try {
    const problem = await response.json();
    return typeof problem?.code === 'string' ? problem : { ...bare, answer: problem };
  } catch {
    return bare;
  }
}

async function json(method, path, body, headers = {}, shape = content => content) {
  const response = await send(method, path, {
    body,
    headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
    signal: AbortSignal.timeout(PATIENCE),
  });
  try {
    return response.status === 202 || response.status === 204 ? null : shape(await response.json(), response);
  } catch (error) {
    throw unreachable(`The answer broke off or cannot be read: ${error?.message}`, method !== 'GET');
  }
}

const query = values => new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''));

export const list = (prefix, after, limit) => json('GET', `v1/streams?${query({ prefix, after, limit })}`);

export const describe = name => json('GET', streamPath(name));

export const create = (name, config) => json('PUT', streamPath(name), JSON.stringify(config), { 'If-None-Match': '*' });

export const remove = name => json('DELETE', streamPath(name));

export const trim = (name, before) => json('POST', streamPath(name, 'trim'), JSON.stringify({ before }));

export const seal = name => json('POST', streamPath(name, 'seal'), '{}');

/** One page, with `stream`: the identity of the stream that it is of. */
export const read = (name, range) => json('GET', `${streamPath(name, 'records')}?${query({ ...range, as: 'text' })}`, undefined, {},
  (page, response) => ({ ...page, stream: response.headers.get('Log-Stream-Id') }));

/** Appends a body that is JSON already; the stamp makes sending it again harmless. */
export const append = (name, body, stamp) => json('POST', streamPath(name, 'records'), body, {
  'Producer-Id': stamp.id,
  'Producer-Epoch': String(stamp.epoch),
  'Producer-Seq': String(stamp.sequence),
});

/** The answer of an event stream, or null if there is nothing more to come. */
export async function follow(name, range, lastEventId, signal) {
  const headers = { Accept: 'text/event-stream', ...(lastEventId ? { 'Last-Event-ID': lastEventId } : {}) };
  const response = await send('GET', `${streamPath(name, 'records')}?${query({ ...range, as: 'text' })}`, { headers, signal });
  return response.status === 204 ? null : response;
}

/** What the host says of itself: { status, health } or null if it says nothing. */
export async function health() {
  let response;
  try {
    response = await fetch(address('health'), { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
  } catch (error) {
    throw unreachable(String(error?.message), false);
  }
  if (response.status === 404) return null;
  const text = await response.text();
  try {
    return { status: response.status, health: JSON.parse(text) };
  } catch {
    return { status: response.status, health: { state: text.slice(0, 100) } };
  }
}

/** The text of /metrics, or null if the host has none. */
export async function metrics() {
  try {
    return await (await send('GET', 'metrics', { signal: AbortSignal.timeout(PATIENCE) })).text();
  } catch (error) {
    if (error instanceof Failure && error.problem.status === 404) return null;
    throw error;
  }
}
