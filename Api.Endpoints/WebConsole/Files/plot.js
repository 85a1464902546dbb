// A small line plot over time in SVG.

import { el, svg } from './dom.js';
import { INTERVAL, KEPT } from './metrics.js';

const HEIGHT = 150, LEFT = 64, BOTTOM = 20, TOP = 10, RIGHT = 8;
const WINDOW = INTERVAL * KEPT * 1000;

export class Plot {
  #title;
  #format;
  #binary;
  #series = [];
  #now = el('span', { class: 'now' });
  #resized = new ResizeObserver(() => this.#draw());
  #svg = svg('svg', { role: 'img', height: HEIGHT });

  /** @param names one for each line; @param format makes values readable; @param binary the axis counts in 1024s. */
  constructor(title, names, format, binary = false) {
    [this.#title, this.#format, this.#binary] = [title, format, binary];
    this.element = el('figure', { class: 'panel plot' },
      el('figcaption', {}, el('span', {}, title), this.#now,
        names.length > 1 && el('span', { class: 'legend' }, names.map((name, index) => el('span', { class: `key s${index}` }, name)))),
      this.#svg);
    this.#svg.addEventListener('pointermove', event => this.#point(event.clientX - this.#svg.getBoundingClientRect().left));
    this.#svg.addEventListener('pointerleave', () => this.#draw());
    this.#resized.observe(this.#svg);
  }

  end() {
    this.#resized.disconnect();
  }

  /** Takes the lines anew: [[time, value or null]…] each. */
  set(...series) {
    this.#series = series;
    this.#draw();
  }

  #say(at) {
    const values = this.#series.map(line => line.findLast(([time, value]) => time <= at && value !== null && at - time < 3 * INTERVAL * 1000)?.[1]);
    const text = values.map(value => value === undefined ? '–' : this.#format(value)).join(' · ');
    this.#now.textContent = text;
    this.#svg.setAttribute('aria-label', `${this.#title}: ${text}`);
  }

  #draw(at = null) {
    const width = this.#svg.clientWidth;
    const end = this.#series[0]?.at(-1)?.[0] ?? Date.now();
    this.#say(at ?? end);
    if (width <= LEFT + RIGHT) return;
    const most = Math.max(0, ...this.#series.flat().map(([, value]) => value ?? 0));
    const ticks = ticksUpTo(most, this.#binary);
    const x = time => LEFT + (width - LEFT - RIGHT) * (1 - (end - time) / WINDOW);
    const y = value => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / ticks.at(-1));
    this.#svg.replaceChildren(
      ...ticks.flatMap(tick => [
        svg('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }),
        svg('text', { x: LEFT - 8, y: y(tick) + 4, 'text-anchor': 'end' }, this.#format(tick)),
      ]),
      ...[4, 3, 2, 1, 0].map(minutes => svg('text', { x: x(end - minutes * 60_000), y: HEIGHT - 5, 'text-anchor': minutes === 0 ? 'end' : 'middle' },
        minutes === 0 ? 'now' : `−${minutes} min`)),
      ...this.#series.flatMap((line, index) => runs(line).map(run => run.length === 1
        ? svg('circle', { class: `s${index}`, cx: x(run[0][0]), cy: y(run[0][1]), r: 2 })
        : svg('polyline', { class: `s${index}`, points: run.map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`).join(' ') }))),
      ...(at === null ? [] : [svg('line', { class: 'cursor', x1: x(at), x2: x(at), y1: TOP, y2: HEIGHT - BOTTOM })]));
  }

  #point(pixel) {
    const width = this.#svg.clientWidth, end = this.#series[0]?.at(-1)?.[0];
    if (end === undefined || pixel < LEFT) return;
    this.#draw(Math.min(end, end - WINDOW * (1 - (pixel - LEFT) / (width - LEFT - RIGHT))));
  }
}

/** The pieces of a line between its gaps. */
function runs(line) {
  const pieces = [[]];
  for (const point of line) {
    if (point[1] === null) pieces.push([]);
    else pieces.at(-1).push(point);
  }
  return pieces.filter(piece => piece.length > 0);
}

/** Round numbers from 0 to the first that is not below the largest value. */
function ticksUpTo(most, binary) {
  if (most <= 0) return [0, 1];
  const base = binary ? 1024 ** Math.floor(Math.log(Math.max(1, most)) / Math.log(1024)) : 1;
  const rough = most / base / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find(factor => factor * power >= rough) * power * base;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => index * step);
}
