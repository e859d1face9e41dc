// Tables: units formatted, numbers aligned, long ones in portions, wide ones scroll inside their own region.

import { fill, h } from './dom.js';
import { cell, count, fullMoment, isNumeric } from './format.js';
import { sql } from './code.js';

/** Rows that are drawn at a time. */
const PORTION = 200;
/** Longer statements and texts are cut in the cell and shown whole on demand. */
const LONG_TEXT = 160;

export function table({ title, columns, rows, total_rows: total }) {
  const body = h('tbody');
  const foot = h('div.table-foot');
  const numeric = columns.map((column, index) => isNumeric(column.unit) || rows.length > 0 && rows.every((row) => row[index] === null || typeof row[index] === 'number'));
  let shown = 0;

  const more = () => {
    const next = rows.slice(shown, shown + PORTION);
    body.append(...next.map((row) => h('tr', {}, columns.map((column, index) => data(row[index], column, numeric[index])))));
    shown += next.length;
    fill(foot, footer(shown, rows.length, total, more));
  };
  more();

  return h('div', {},
    title && h('p.caption', {}, h('bdi', {}, title)),
    rows.length === 0
      ? h('p.quiet', {}, 'No rows.')
      : h('div.table-scroll', { tabindex: '0', role: 'region', 'aria-label': title || 'Result' },
          h('table', {},
            h('thead', {}, h('tr', {}, columns.map((column, index) => h('th', { scope: 'col', class: numeric[index] ? 'number' : '' }, column.name)))),
            body)),
    foot);
}

function footer(shown, held, total, more) {
  if (shown < held) {
    const next = Math.min(PORTION, held - shown);
    return [`${count(shown)} of ${count(held)} rows`, h('button.small', { type: 'button', onclick: more }, `Show ${count(next)} more`)];
  }
  if (total && total > held) return `The first ${count(held)} of ${count(total)} rows.`;
  return held > 12 ? `${count(held)} rows` : null;
}

function data(value, { unit }, isNumber) {
  if (value === null || value === undefined) return h('td.none', { class: isNumber ? 'number' : '' }, '–');
  if (isNumber) return h('td.number', { title: unit && unit !== 'count' ? `${value}` : null }, cell(value, unit));
  if (unit === 'time') return h('td.nowrap', { title: fullMoment(value) }, cell(value, unit));
  const text = cell(value, unit);
  const isCode = unit === 'sql' || unit === 'code';
  if (text.length > LONG_TEXT) return h('td', {}, longText(text, isCode, unit));
  return h('td', {}, isCode ? h('code.cell', {}, unit === 'sql' ? sql(text) : text) : h('bdi', {}, text));
}

function longText(text, isCode, unit) {
  const whole = isCode ? h('pre', {}, h('code', {}, unit === 'sql' ? sql(text) : text)) : h('p', {}, h('bdi', {}, text));
  return h('details.long', {}, h('summary', {}, h(isCode ? 'code.cell' : 'bdi', {}, `${text.slice(0, LONG_TEXT).replaceAll(/\s+/g, ' ')}…`)), whole);
}
