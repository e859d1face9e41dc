// The output vocabulary: one component for each kind of block. A new tool needs nothing here.

import { h } from './dom.js';
import { cell, fullMoment, moment, unitInName } from './format.js';
import { chart } from './chart.js';
import { codeBlock } from './code.js';
import { diff } from './diff.js';
import { icon } from './icons.js';
import { markdown } from './markdown.js';
import { problemBox } from './parts.js';
import { table } from './table.js';

const KINDS = { text, table, record, diff, log, series: chart, tree, problem, file };

/** A block as a node. Text from a target is isolated, so that it cannot reorder what stands beside it. */
export function block(one) {
  const render = KINDS[one.kind];
  const node = render ? render(one) : codeBlock(JSON.stringify(one, null, 2), 'json');
  return h('div.block', { class: `block-${one.kind}` }, node);
}

/** Title line of a block. */
export const caption = (title, ...rest) => title || rest.length ? h('p.caption', {}, h('bdi', {}, title ?? ''), rest) : null;

function text({ origin, text }) {
  if (origin?.from === 'target') return h('blockquote.from-target', {}, h('p.caption', {}, `Text from ${origin.name}`), h('pre', { tabindex: '0' }, text));
  return h('div.prose', {}, markdown(text));
}

function record({ title, fields }) {
  return h('div', {},
    caption(title),
    h('dl.record', {}, fields.map(([name, value]) => h('div', {}, h('dt', {}, h('bdi', {}, name)), h('dd', {}, recordValue(value, unitInName(name)))))));
}

function recordValue(value, unit) {
  const shown = cell(value, unit);
  if (typeof value === 'string' && value.includes('\n')) return codeBlock(value);
  return h('bdi', { class: value === null ? 'none' : '' }, shown);
}

function log({ title, lines, truncated }) {
  return h('div', {},
    caption(title, truncated && h('span.quiet', {}, ' · older lines left out')),
    h('div.log', { tabindex: '0', role: 'region', 'aria-label': title || 'Log' }, lines.length ? lines.map(logLine) : h('p.quiet', {}, 'No lines.')));
}

function logLine({ at, level, text }) {
  const word = (level ?? '').toLowerCase();
  const tone = /err|fatal|panic|crit/.test(word) ? 'bad' : /warn/.test(word) ? 'warn' : '';
  return h('div.log-line', { class: tone && `tone-${tone}` },
    at && h('time', { datetime: at, title: fullMoment(at) }, moment(at)),
    level && h('span.level', {}, level),
    h('bdi', {}, text));
}

function tree({ title, roots }) {
  return h('div', {}, caption(title), h('ul.tree', {}, roots.map(branch)));
}

function branch({ label, facts = [], warning, children = [] }) {
  return h('li', {},
    h('bdi.tree-label', {}, label),
    warning && h('span.tree-warning', {}, icon('warning'), warning),
    facts.length > 0 && h('span.tree-facts', {}, facts.map(([name, value]) => h('span', {}, h('span.quiet', {}, `${name} `), h('bdi', {}, cell(value, unitInName(name)))))),
    children.length > 0 && h('ul', {}, children.map(branch)));
}

function problem({ problem: one }) {
  return problemBox(one);
}

function file({ name, media_type: type, text }) {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  return h('a.button', { href: address, download: name }, icon('download'), 'Download ', h('bdi.mono', {}, name));
}
