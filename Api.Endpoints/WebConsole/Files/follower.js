// Follows a stream as server-sent events. By hand and not by EventSource, which hides why a connection failed.

import { follow } from './api.js';
import { Failure, isReplaced, problemOf, unreachable } from './problem.js';

// The server says something at least every 30 seconds; silence for longer means that nobody is there any more.
const SILENCE = 45_000;

// The longest event is one record of 1 MiB whose every byte is escaped to six characters.
const LONGEST_LINE = 16 * 1024 * 1024;

/**
 * Follows from a start and comes back by itself after a lost connection, after the last event that it got. Says what happens:
 * on.open(), on.batch(page), on.lost(problem, seconds), on.replaced(), and one of on.sealed(tail), on.failed(problem) at the end.
 */
export class Follower {
  #stop = new AbortController();
  #name;
  #start;
  #on;
  #lastId;
  #stream = null;

  /** @param lastId where an earlier follower of the same start was: its `lastId`. */
  constructor(name, start, on, lastId = null) {
    [this.#name, this.#start, this.#on, this.#lastId] = [name, start, on, lastId];
    this.#run();
  }

  get lastId() {
    return this.#lastId;
  }

  stop() {
    this.#stop.abort();
  }

  async #run() {
    for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
      try {
        if (await this.#connect(() => { attempt = 0; })) return;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (isReplaced(error)) {
          this.#on.replaced();
          return;
        }
        const problem = problemOf(error?.name === 'AbortError' ? unreachable(`Nothing came for ${SILENCE / 1000} s.`, false) : error);
        if (!problem.retryable) {
          this.#on.failed(error);
          return;
        }
        const delay = Math.min(15, 2 ** attempt);
        this.#on.lost(problem, delay);
        await this.#sleep(delay * 1000);
      }
    }
  }

  // One connection; true if it was the last one.
  async #connect(opened) {
    const connection = new AbortController();
    const end = () => connection.abort();
    this.#stop.signal.addEventListener('abort', end);
    let silence = setTimeout(end, SILENCE);
    try {
      const response = await follow(this.#name, this.#start, this.#lastId, connection.signal);
      if (response === null) {
        this.#on.sealed(null);
        return true;
      }
      const stream = response.headers.get('Log-Stream-Id');
      if (this.#stream !== null && stream !== this.#stream) {
        this.#on.replaced();
        return true;
      }
      this.#stream = stream;
      for await (const event of events(response.body)) {
        if (this.#stop.signal.aborted) return true;
        clearTimeout(silence);
        silence = setTimeout(end, SILENCE);
        opened();
        if (this.#take(event)) return true;
      }
    } finally {
      clearTimeout(silence);
      this.#stop.signal.removeEventListener('abort', end);
      connection.abort();
    }
    throw unreachable('The connection ended.', false);
  }

  #take({ event, data, id }) {
    switch (event) {
      case 'batch':
        this.#lastId = id;
        this.#on.batch(JSON.parse(data));
        return false;
      case 'ping':
        this.#lastId = id;
        this.#on.open();
        return false;
      case 'sealed':
        this.#on.sealed(JSON.parse(data).tail);
        return true;
      case 'error':
        throw new Failure(JSON.parse(data));
      default:
        return false;
    }
  }

  #sleep(milliseconds) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.#stop.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    });
  }
}

/** The events in a body. What is cut off at its end is none. */
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '', event = { event: 'message', data: '', id: null };
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      let from = 0;
      const text = rest + value;
      for (let end; (end = text.indexOf('\n', from)) >= 0; from = end + 1) {
        const line = text.slice(from, text[end - 1] === '\r' ? end - 1 : end);
        if (line === '') {
          if (event.data !== '') yield event;
          event = { event: 'message', data: '', id: event.id };
          continue;
        }
        const colon = line.indexOf(':');
        const name = colon < 0 ? line : line.slice(0, colon);
        const content = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
        if (name === 'data') event.data += event.data === '' ? content : `\n${content}`;
        else if (name === 'event' || name === 'id') event[name] = content;
      }
      rest = text.slice(from);
      if (rest.length > LONGEST_LINE) throw unreachable('An event is longer than any that the server sends.', false);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
