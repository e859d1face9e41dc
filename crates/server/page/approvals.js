// The approvals page: what waits, live, and what was decided lately.

import { get } from './api.js';
import { approvalCard, questionOf } from './approvalcard.js';
import { decision } from './callcard.js';
import { announce, everySecond, fill, h } from './dom.js';
import { left } from './format.js';
import { icon } from './icons.js';
import { live } from './live.js';
import { current } from './me.js';
import { emptyState, problemBox, riskBadge, skeleton, targetName, when } from './parts.js';

const LATELY = 20;

export function approvalsPage() {
  const queue = h('div.queue', { onkeydown: walk });
  const lately = h('div');
  const tally = h('span.tally');
  const items = new Map();
  let isLoaded = false;
  const wait = setTimeout(() => !isLoaded && fill(queue, skeleton(3)), 150);

  live.addEventListener('approvals', draw);
  live.refreshApprovals();

  function draw() {
    isLoaded = true;
    clearTimeout(wait);
    refreshLately();
    if (live.problem) return fill(queue, problemBox(live.problem, { actions: [h('button', { type: 'button', onclick: () => live.refreshApprovals() }, 'Try again')] }));
    const ids = new Set(live.waiting.map((view) => view.id));
    for (const [id, item] of items) {
      if (ids.has(id)) continue;
      if (item.contains(document.activeElement)) (item.nextElementSibling ?? item.previousElementSibling)?.querySelector('summary')?.focus();
      items.delete(id);
    }
    for (const view of live.waiting) if (!items.has(view.id)) items.set(view.id, queueItem(view, items.size === 0, changed));
    tally.textContent = `${live.waiting.length} waiting`;
    const nodes = live.waiting.map((view) => items.get(view.id));
    if (nodes.length === 0) return fill(queue, emptyState('shield', 'Nothing waits for a decision.', h('p.quiet', {}, 'Changes that ask for approval appear here at once.')));
    // Moving a node drops the focus inside of it, so only what differs is touched.
    for (const child of [...queue.children]) if (!nodes.includes(child)) child.remove();
    nodes.forEach((node, index) => queue.children[index] !== node && queue.insertBefore(node, queue.children[index] ?? null));
  }

  function changed() {
    live.refreshApprovals();
  }

  async function refreshLately() {
    try {
      const { items: all } = await get(`/api/approvals?limit=${LATELY}`);
      const decided = all.filter((view) => view.status !== 'pending');
      fill(lately, decided.length > 0 && [h('h2.section-title', {}, 'Decided lately'), h('ul.rows', {}, decided.map(decidedRow))]);
    } catch {
      fill(lately);
    }
  }

  /** `j` and `k` go through the queue. */
  function walk(event) {
    if (event.target.closest('input, textarea') || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const heads = [...queue.querySelectorAll('.queue-item > summary')];
    const at = heads.findIndex((head) => head.parentElement.contains(document.activeElement));
    heads[Math.min(Math.max(at + step, 0), heads.length - 1)]?.focus();
    event.preventDefault();
  }

  return {
    title: 'Approvals',
    actions: [tally],
    node: h('div.page-scroll', { tabindex: '0', role: 'region', 'aria-label': 'Approvals' }, h('div.page-column', {}, queue, lately)),
    leave() {
      clearTimeout(wait);
      live.removeEventListener('approvals', draw);
    },
  };
}

function queueItem(view, isOpen, changed) {
  const expiry = h('span.queue-expiry');
  const tellExpiry = () => {
    const time = left(view.expires_at);
    fill(expiry, icon('clock'), time ? `${time} left` : 'expired');
  };
  const item = h('details.queue-item', { open: isOpen, 'data-approval': view.id },
    h('summary', {},
      icon('chevron', 'turns'),
      riskBadge(view.risk),
      h('span.queue-title', {}, view.plan.summary),
      targetName(view.plan.target),
      h('span.spread'),
      h('span.quiet.queue-who', {}, h('bdi', {}, view.requested_by_name), ' · ', when(view.created_at)),
      expiry),
    approvalCard(questionOf(view), { isBare: true, decided: (answer) => {
      announce(`${answer.plan.summary}: ${answer.status}`);
      changed();
    } }),
    view.session_id && view.requested_by === current()?.user.id && h('p.queue-link', {}, h('a', { href: `#/chat/${view.session_id}` }, 'Open the conversation')));
  everySecond(item, tellExpiry);
  return item;
}

function decidedRow(view) {
  return h('li.row', {},
    riskBadge(view.risk),
    h('span.row-title', {}, view.plan.summary),
    targetName(view.plan.target),
    decision({ status: view.status, decidedByName: view.decided_by_name, decidedAt: view.decided_at, reason: view.reason }));
}
