// One tool call in the conversation: while it waits, the card to decide on; before and after, what it does and found.

import { block } from './blocks.js';
import { approvalCard } from './approvalcard.js';
import { everySecond, fill, h } from './dom.js';
import { duration } from './format.js';
import { icon } from './icons.js';
import { argumentList, planDetails } from './plan.js';
import { chip, fold, problemBox, riskBadge, targetName, when } from './parts.js';
import { STATES, toolTitle } from './words.js';

/**
 * `{node, update(call, {isLatest, isEcho})}`; `isEcho` leaves out a sentence that is told elsewhere. A card is open while it is the latest of its run or failed, until a person opens or
 * closes it by hand.
 */
export function callCard(call) {
  const node = h('article.call', { 'data-execution': call.id });
  let face = null;
  let chosen = null;

  const own = { isWaiting: null, parts: null };
  function update(next, { isLatest, isEcho }) {
    call = next;
    node.dataset.state = call.state;
    const isWaiting = call.state === 'waiting' && call.plan && call.verdict;
    if (isWaiting && face !== 'waiting') {
      face = 'waiting';
      fill(node, approvalCard(questionOfCall(call), { decided: takeDecision }));
      node.setAttribute('aria-label', 'Approval');
    }
    if (isWaiting) return;
    const hadFocus = face === 'waiting' && node.contains(document.activeElement);
    if (face !== 'call') {
      face = 'call';
      own.parts = frame();
      fill(node, own.parts.head, own.parts.brief, own.parts.body);
      node.setAttribute('aria-label', toolTitle(call.tool));
    }
    draw(own.parts, isLatest, isEcho);
    if (hadFocus) own.parts.head.focus();
  }

  // The event says the same a moment later; this bridges the moment, and a stream that is away.
  function takeDecision(view) {
    if (call.state !== 'waiting') return;
    const isApproved = view.status === 'approved';
    Object.assign(call.approval, { status: view.status, decidedByName: view.decided_by_name, reason: view.reason, decidedAt: view.decided_at });
    call.state = isApproved ? 'running' : view.status === 'pending' ? 'waiting' : view.status;
    update(call, { isLatest: true, isEcho: false });
  }

  function frame() {
    const body = h('div.call-body', { id: `call-${call.id}` });
    const head = h('button.call-head', { type: 'button', 'aria-controls': body.id, onclick: () => {
      chosen = head.getAttribute('aria-expanded') !== 'true';
      show(own.parts, chosen);
    } });
    const time = h('span.call-time');
    everySecond(time, () => fill(time, timeOf(call)));
    return { head, body, time, brief: h('p.call-brief') };
  }

  function draw(parts, isLatest, isEcho) {
    fill(parts.head,
      icon('chevron', 'turns'),
      h('span.call-title', {}, toolTitle(call.tool)),
      targetName(call.target),
      h('span.spread'),
      parts.time,
      chip(STATES[call.state] ?? STATES.unknown));
    fill(parts.time, timeOf(call));
    fill(parts.brief, firstLine(call));
    fill(parts.body, content(call, isEcho));
    const isOpen = chosen ?? (isLatest || ['failed', 'unknown', 'denied'].includes(call.state));
    show(parts, isOpen);
  }

  return { node, update };
}

function show({ head, body, brief }, isOpen) {
  head.setAttribute('aria-expanded', String(isOpen));
  body.hidden = !isOpen;
  brief.hidden = isOpen || !brief.hasChildNodes();
}

/** What a folded card still says. */
function firstLine(call) {
  return call.summary || call.problem?.why || (call.state === 'planning' || call.state === 'running' ? call.progress : null);
}

function timeOf(call) {
  if (call.elapsedMs !== null) return call.elapsedMs < 1 ? '< 1 ms' : duration(call.elapsedMs);
  if (!['running', 'verifying'].includes(call.state)) return null;
  const ms = Date.now() - new Date(call.startedAt).getTime();
  return ms >= 1000 ? duration(Math.floor(ms / 1000) * 1000) : null;
}

function content(call, isEcho) {
  return [
    call.approval && call.approval.status !== 'pending' && decision(call.approval),
    call.progress && h('p.progress', {}, h('span.spinner', { 'aria-hidden': 'true' }), h('bdi.mono', {}, call.progress)),
    call.summary && !isEcho && h('p.summary', {}, call.summary),
    call.notes.map((note) => h('p.quiet', {}, note)),
    call.problem && problemBox(call.problem),
    call.problems.map(({ by, problem }) => h('div', {}, by && h('p.quiet', {}, `An attempt by ${by} was refused:`), problemBox(problem))),
    call.blocks.map(block),
    h('div.folds', {},
      fold('Arguments', false, argumentList(call.arguments, call.fromTargetText)),
      call.plan && fold(call.approval?.status === 'approved' ? 'What was approved' : 'The plan', false,
        call.verdict && h('p', {}, riskBadge(call.verdict.risk)), planDetails(call.plan, call.verdict, call.fromTargetText, call.digest))),
  ];
}

const DECISIONS = {
  approved: ['check', 'Approved by '],
  rejected: ['minus', 'Rejected by '],
  expired: ['clock', 'Nobody decided in time; nothing was done.'],
  cancelled: ['stop', 'Withdrawn before anybody decided; nothing was done.'],
};

/** Who decided, when and why. */
export function decision({ status, decidedByName, decidedAt, reason }) {
  const [name, words] = DECISIONS[status] ?? ['question', status];
  return h('p.decision', { class: `is-${status}` },
    icon(name), words,
    decidedByName && h('bdi.strong', {}, decidedByName),
    decidedAt && [' ', h('span.quiet', {}, when(decidedAt))],
    reason && h('span.reason', {}, ' “', h('bdi', {}, reason), '”'));
}

const questionOfCall = (call) => ({
  id: call.approval.id, status: call.approval.status, risk: call.verdict.risk, digest: call.digest, plan: call.plan,
  verdict: call.verdict, marked: call.fromTargetText, requestedBy: call.requestedBy.user_id,
  requestedByName: call.requestedBy.name, createdAt: call.approval.createdAt, expiresAt: call.approval.expiresAt,
});
