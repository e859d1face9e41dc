// Numbers over time as a small line chart, drawn as SVG without any library.

import { h } from './dom.js';
import { cell, moment } from './format.js';

const WIDTH = 640;
const HEIGHT = 160;
const SPACE = { top: 8, right: 8, bottom: 20, left: 64 };
/** Lines drawn at most; more cannot be told apart. */
const MOST_SERIES = 6;

export function chart({ title, unit, series }) {
  const drawn = series.filter((one) => one.points.length > 0).slice(0, MOST_SERIES);
  if (drawn.length === 0) return h('div', {}, h('p.caption', {}, title), h('p.quiet', {}, 'No points in this time.'));
  const times = drawn.flatMap((one) => one.points.map(([at]) => at));
  const values = drawn.flatMap((one) => one.points.map(([, value]) => value));
  const x = scale(least(times), most(times), SPACE.left, WIDTH - SPACE.right);
  const [low, high] = bounds(least(values), most(values));
  const y = scale(low, high, HEIGHT - SPACE.bottom, SPACE.top);

  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': inWords(title, unit, drawn), class: 'chart' },
    [low, (low + high) / 2, high].flatMap((value) => [
      svg('line', { x1: SPACE.left, x2: WIDTH - SPACE.right, y1: y(value), y2: y(value), class: 'grid' }),
      svg('text', { x: SPACE.left - 6, y: y(value) + 4, 'text-anchor': 'end' }, cell(value, unit)),
    ]),
    svg('text', { x: SPACE.left, y: HEIGHT - 4 }, moment(least(times))),
    svg('text', { x: WIDTH - SPACE.right, y: HEIGHT - 4, 'text-anchor': 'end' }, moment(most(times))),
    drawn.map((one, index) => svg('polyline', { points: one.points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' '), class: `line line-${index}` })));

  return h('div', {},
    h('p.caption', {}, h('bdi', {}, title)),
    picture,
    h('ul.legend', {}, drawn.map((one, index) => h('li', {}, h(`span.swatch.line-${index}`), h('bdi', {}, one.name), h('span.quiet', {}, ` ${cell(one.points.at(-1)[1], unit)}`)))),
    series.length > drawn.length && h('p.quiet', {}, `${drawn.length} of ${series.length} series are drawn.`));
}

function inWords(title, unit, series) {
  const lines = series.map((one) => `${one.name}: last ${cell(one.points.at(-1)[1], unit)}, highest ${cell(most(one.points.map(([, value]) => value)), unit)}`);
  return `${title}. ${lines.join('; ')}`;
}

/** A little room above, and zero as the floor where no value is below it. */
function bounds(low, high) {
  const floor = low >= 0 ? 0 : low;
  return [floor, high > floor ? high + (high - floor) * 0.05 : floor + 1];
}

const least = (numbers) => numbers.reduce((one, other) => Math.min(one, other));
const most = (numbers) => numbers.reduce((one, other) => Math.max(one, other));
const scale = (from, to, low, high) => (value) => (to === from ? (low + high) / 2 : low + ((value - from) / (to - from)) * (high - low));

function svg(name, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.flat(Infinity));
  return node;
}
