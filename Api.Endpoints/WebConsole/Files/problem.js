// What went wrong, as the API says it (docs/HTTP.md, "Problems"), and how it is shown.

import { el } from './dom.js';
import { visible } from './visible.js';

/** Every failed call throws one. */
export class Failure extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

/** No answer came. */
export const unreachable = (detail, changes) => new Failure({
  code: 'no_answer',
  title: 'The server did not answer',
  detail,
  retryable: true,
  side_effects: changes ? 'possible' : 'none',
});

/** Any error as a problem; one that is not the API's is a defect of the console and shown like the rest. */
export const problemOf = error => error instanceof Failure ? error.problem : {
  code: 'console_error',
  title: 'The console failed',
  detail: `${error?.name}: ${error?.message}`,
  retryable: false,
  side_effects: 'possible',
};

/** The name belongs to another stream than the one that was asked for by its identity, or by the id of its last event. */
export const isReplaced = error => error instanceof Failure && error.problem.code === 'stream_not_found' && error.problem.reason === 'other_stream';

const SHOWN = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'retryable', 'side_effects', 'trace_id']);

/** A problem as a box; actions are buttons that go into it. */
export function problemBox(error, ...actions) {
  const problem = problemOf(error);
  const facts = [
    ['code', problem.code],
    ['status', problem.status],
    ['retryable', problem.retryable ? 'yes' : 'no'],
    ['side effects', problem.side_effects],
    ...Object.entries(problem).filter(([name]) => !SHOWN.has(name)),
    ['trace', problem.trace_id],
  ].filter(([, value]) => value !== undefined && value !== null);
  return el('div', { class: 'problem', role: 'alert', 'data-code': problem.code },
    el('strong', {}, visible(String(problem.title ?? problem.code))),
    problem.detail && el('p', {}, visible(String(problem.detail))),
    el('dl', { class: 'inline' }, facts.map(([name, value]) => el('div', {}, el('dt', {}, visible(name)), el('dd', {}, visible(String(value)))))),
    actions.length > 0 && el('div', { class: 'row' }, actions));
}

/** Runs an action; what goes wrong is shown in a place that was empty before. True if it went well. */
export async function guarded(place, act) {
  place.replaceChildren();
  try {
    await act();
    return true;
  } catch (error) {
    place.replaceChildren(problemBox(error));
    return false;
  }
}
