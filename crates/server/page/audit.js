// The audit page: what happened, by whom, with what result; filters live in the address, the chain can be checked.

import { get, query } from './api.js';
import { fill, h } from './dom.js';
import { count, fullMoment, moment } from './format.js';
import { icon } from './icons.js';
import { live } from './live.js';
import { openEntry } from './auditentry.js';
import { chip, emptyState, problemBox, riskBadge, skeleton } from './parts.js';
import { actionTitle } from './words.js';

const PAGE = 50;

export const RESULTS = {
  intended: { icon: 'clock', word: 'intended', tone: 'quiet' },
  success: { icon: 'check', word: 'success', tone: 'good' },
  failure: { icon: 'cross', word: 'failure', tone: 'bad' },
  rejected: { icon: 'minus', word: 'rejected', tone: 'warn' },
  unknown: { icon: 'question', word: 'unknown', tone: 'warn' },
};

/** `filters` are the values in the address; `apply(filters)` puts new ones there. */
export function auditPage(filters, { apply }) {
  const body = h('tbody', { role: 'rowgroup' });
  const table = h('table.audit', { role: 'table', 'aria-label': 'Audit entries' }, head(), body);
  const below = h('div.below');
  const state = h('div');
  const proof = h('div', { role: 'status' });
  const fresh = h('button.small.fresh', { type: 'button', hidden: true, onclick: () => load(null) }, icon('up'), 'New entries');

  load(null);
  const news = () => (fresh.hidden = false);
  live.addEventListener('event', news);

  async function load(cursor) {
    if (!cursor) {
      fresh.hidden = true;
      table.hidden = body.hasChildNodes() ? table.hidden : true;
      const wait = setTimeout(() => fill(state, skeleton(8)), 150);
      state.dataset.wait = wait;
    }
    try {
      const page = await get(`/api/audit${query({ ...toServer(filters), limit: PAGE, cursor })}`);
      clearTimeout(Number(state.dataset.wait));
      if (!cursor) fill(body);
      body.append(...page.items.map(row));
      table.hidden = !body.hasChildNodes();
      fill(state, !body.hasChildNodes() && nothing());
      fill(below, page.next_cursor && h('button', { type: 'button', onclick: () => load(page.next_cursor) }, 'Load older entries'));
    } catch (failure) {
      clearTimeout(Number(state.dataset.wait));
      if (!failure.problem) throw failure;
      fill(state, problemBox(failure.problem, { isAlert: true, actions: [h('button', { type: 'button', onclick: () => load(cursor) }, 'Try again')] }));
    }
  }

  function nothing() {
    if (Object.keys(filters).length === 0) return emptyState('list', 'Nothing has happened yet.', h('p.quiet', {}, 'Every login, decision and call will be listed here.'));
    return emptyState('list', 'No entry matches these filters.', h('button', { type: 'button', onclick: () => apply({}) }, 'Clear filters'));
  }

  async function verify(event) {
    const button = event.currentTarget;
    button.disabled = true;
    fill(proof, h('p.run-status', {}, h('span.spinner', { 'aria-hidden': 'true' }), 'Walking the chain…'));
    try {
      fill(proof, proven(await get('/api/audit/verify')));
    } catch (failure) {
      fill(proof, problemBox(failure.problem));
    }
    button.disabled = false;
  }

  return {
    title: 'Audit log',
    actions: [h('button', { type: 'button', onclick: verify }, icon('shield'), h('span', {}, 'Verify chain'))],
    node: h('div.page-scroll', { tabindex: '0', role: 'region', 'aria-label': 'Audit log' }, h('div.page-wide', {}, filterBar(filters, apply), proof, fresh, state, table, below)),
    leave: () => live.removeEventListener('event', news),
  };
}

const COLUMNS = ['Time', 'Who', 'What', 'Tool and target', 'Risk', 'Result'];

const head = () => h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, COLUMNS.map((name) => h('th', { scope: 'col', role: 'columnheader' }, name))));

function row(entry) {
  const { body } = entry;
  const open = () => openEntry(entry);
  const td = (name, ...content) => h(`td.audit-${name}`, { role: 'cell' }, content);
  return h('tr', { role: 'row', onclick: (event) => !event.target.closest('button') && open() },
    td('time', h('time', { datetime: entry.at, title: fullMoment(entry.at) }, moment(entry.at))),
    td('who', body ? h('bdi', {}, body.user_name || '–') : h('span.quiet', {}, 'erased')),
    td('what', h('button.link', { type: 'button', onclick: open, title: `Entry ${entry.number}` }, actionTitle(entry.action)), body?.sentence && h('span.audit-sentence', {}, h('bdi', {}, body.sentence))),
    td('where', body?.tool && h('bdi.mono', {}, body.tool), body?.target && [h('span.quiet', {}, ' on '), h('bdi.mono', {}, body.target)]),
    td('risk', entry.risk && riskBadge(entry.risk)),
    td('result', chip(RESULTS[entry.result] ?? RESULTS.unknown)));
}

function filterBar(filters, apply) {
  const options = (names, all) => [h('option', { value: '' }, all), names.map((name) => h('option', { value: name, selected: false }, name))];
  const field = (label, control) => h('label.filter', {}, h('span', {}, label), control);
  const select = (name, names, all) => {
    const control = h('select', { name, onchange: changed }, options(names, all));
    control.value = filters[name] ?? '';
    return control;
  };
  const text = (name, hint) => h('input', { name, value: filters[name] ?? '', placeholder: hint, autocomplete: 'off', onchange: changed });
  const date = (name) => h('input', { name, type: 'date', value: filters[name] ?? '', onchange: changed });
  const form = h('form.filters', { role: 'search', novalidate: true, 'aria-label': 'Filter the audit log', onsubmit: changed },
    field('Risk', select('risk', ['low', 'medium', 'high', 'critical'], 'any')),
    field('Result', select('result', Object.keys(RESULTS), 'any')),
    field('Tool', text('tool', 'postgres.create_index')),
    field('Target', text('target', 'shop-db')),
    field('Words', text('q', 'in names and sentences')),
    field('From', date('from')),
    field('To', date('to')),
    ['run', 'user'].map((name) => filters[name] && h('input', { type: 'hidden', name, value: filters[name] })),
    filters.run && h('span.note', {}, 'One run only'),
    filters.user && h('span.note', {}, 'One person only'),
    Object.keys(filters).length > 0 && h('button', { type: 'button', onclick: () => apply({}) }, 'Clear'),
    h('span.spread'),
    h('span.exports', {}, 'Export ', exportLink(filters, 'csv', 'CSV'), ' ', exportLink(filters, 'jsonl', 'JSONL')));
  function changed(event) {
    event.preventDefault();
    apply(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value)), event.target.name);
  }
  // On a phone the filters fold away; a wide screen shows them always.
  const isOpen = matchMedia('(min-width: 721px)').matches || Object.keys(filters).length > 0;
  return h('details.fold.filter-fold', { open: isOpen }, h('summary', {}, icon('chevron', 'turns'), 'Filters and export'), form);
}

const exportLink = (filters, format, word) => h('a', { href: `/api/audit/export${query({ ...toServer(filters), format })}`, download: `steersman-audit.${format}` }, word);

/** Days of the person's own calendar as moments: from the first one's start to the last one's end. */
function toServer({ from, to, ...rest }) {
  const start = (text, days) => {
    const [year, month, day] = text.split('-').map(Number);
    return new Date(year, month - 1, day + days).toISOString();
  };
  return { ...rest, from: from && start(from, 0), to: to && start(to, 1) };
}

function proven({ is_intact: isIntact, entries, erased_bodies: erased, head: last, broken_at: where }) {
  if (!isIntact) return h('p.proof.is-broken', {}, icon('octagon'), h('span', {}, h('strong', {}, 'The chain is broken. '), where ?? ''));
  return h('p.proof', {}, icon('check'), h('span', {},
    h('strong', {}, 'The chain is intact. '),
    `${count(entries)} entries follow from each other`, erased > 0 && `, ${count(erased)} of them with an erased body`, '. Last hash ', h('span.mono.digest', {}, last.slice(0, 16)), '…'));
}
