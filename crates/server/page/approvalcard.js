// The card on which a person decides about one plan. Nothing here is optimistic: the server's word is shown.

import { get, post } from './api.js';
import { announce, everySecond, fill, h } from './dom.js';
import { left } from './format.js';
import { icon } from './icons.js';
import { current, may } from './me.js';
import { problemBox, riskBadge, targetName, when } from './parts.js';
import { planDetails } from './plan.js';

/** The question of an `ApprovalView`. */
export const questionOf = (view) => ({
  id: view.id, status: view.status, risk: view.risk, digest: view.digest, plan: view.plan, verdict: view.verdict,
  marked: view.from_target_text ?? [], requestedBy: view.requested_by, requestedByName: view.requested_by_name,
  createdAt: view.created_at, expiresAt: view.expires_at, sessionId: view.session_id,
});

/**
 * A card for a pending approval. `decided(view)` is called with the approval once it is no longer pending, whoever
 * decided it. Keys work while the focus is in the card and not in a field: `a` approves, `r` rejects.
 */
export function approvalCard(question, { decided, isBare = false }) {
  const { plan, verdict } = question;
  const titleId = `approval-${question.id}`;
  const fields = decisionFields(question, () => decide('approve'));
  const trouble = h('div');
  const foot = h('div.approval-foot');
  const card = h('section.approval', { tabindex: '0', 'aria-labelledby': titleId, 'data-approval': question.id, onkeydown: key },
    h('header.approval-head', { class: isBare ? 'hidden-visually' : '' },
      icon('shield'),
      h('h3', { id: titleId }, 'Approve: ', plan.summary),
      riskBadge(question.risk)),
    h('p.approval-where', {},
      'On ', targetName(plan.target), h('span.quiet', {}, ' · asked by '), h('bdi', {}, question.requestedByName), ' ', h('span.quiet', {}, when(question.createdAt))),
    planDetails(plan, verdict, question.marked, question.digest),
    foot);

  const refusal = whyNot(question);
  const approve = h('button.primary', { type: 'button', onclick: () => decide('approve'), disabled: refusal.approve }, icon('check'), 'Approve');
  const reject = h('button.danger', { type: 'button', onclick: () => decide('reject'), disabled: refusal.reject }, icon('cross'), 'Reject');
  const expiry = h('p.expiry');
  fill(foot,
    refusal.sentence ? h('p.note', {}, icon('person'), refusal.sentence) : null,
    refusal.reject ? null : fields.nodes,
    trouble,
    h('div.approval-buttons', {}, refusal.reject ? null : [refusal.approve ? null : approve, reject, hints(refusal)], expiry));
  everySecond(expiry, () => tellExpiry(expiry, question, [approve, reject], refusal));

  let isBusy = false;
  async function decide(verb) {
    if (isBusy || refusal[verb] || (verb === 'approve' && !fields.isComplete())) return;
    isBusy = true;
    approve.disabled = reject.disabled = true;
    fill(trouble);
    const reason = fields.reason() || undefined;
    try {
      const body = verb === 'approve' ? { digest: question.digest, reason } : { reason };
      const view = await post(`/api/approvals/${question.id}/${verb}`, body);
      announce(verb === 'approve' ? 'Approved' : 'Rejected');
      decided(view);
    } catch (failure) {
      isBusy = false;
      approve.disabled = reject.disabled = false;
      if (!failure.problem) throw failure;
      fill(trouble, problemBox(failure.problem, { isAlert: true }));
      if ([409, 410].includes(failure.status)) await lookAgain();
    }
  }

  /** Somebody else was faster, or time ran out: show what is so now. */
  async function lookAgain() {
    try {
      const view = await get(`/api/approvals/${question.id}`);
      if (view.status !== 'pending') decided(view);
    } catch {
      // The problem on the card says enough.
    }
  }

  function key(event) {
    const isTyping = event.target.closest('input, textarea, select, summary');
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const verb = { a: 'approve', r: 'reject' }[event.key];
    if (!verb) return;
    event.preventDefault();
    decide(verb);
  }

  return card;
}

/** Why this person cannot approve or reject, if so. */
function whyNot({ verdict, requestedBy }) {
  if (!may('approval:decide')) return { approve: true, reject: true, sentence: 'Your role cannot decide this. An operator or an owner can.' };
  if (verdict.second_person && requestedBy === current()?.user.id) {
    return { approve: true, reject: false, sentence: 'You asked for this, so a second person has to approve it.' };
  }
  return { approve: false, reject: false, sentence: null };
}

function decisionFields({ id, risk, verdict, plan }, submit) {
  const enter = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    }
  };
  const needed = verdict.reason_required;
  const reason = h('input', { id: `reason-${id}`, maxlength: '2000', autocomplete: 'off', required: needed, onkeydown: enter, 'aria-describedby': `reason-error-${id}` });
  const reasonError = h('p.field-error', { id: `reason-error-${id}` });
  const name = h('input.mono', { id: `name-${id}`, autocomplete: 'off', spellcheck: 'false', onkeydown: enter, 'aria-describedby': `name-error-${id}` });
  const nameError = h('p.field-error', { id: `name-error-${id}` });
  const mustName = risk === 'critical';
  return {
    nodes: [
      h('div.field', {}, h('label', { for: reason.id }, needed ? 'Reason (required, goes to the audit log)' : 'Reason (optional, goes to the audit log)'), reason, reasonError),
      mustName && h('div.field', {}, h('label', { for: name.id }, 'Type ', h('bdi.mono', {}, plan.target.name), ' to approve'), name, nameError),
    ],
    reason: () => reason.value.trim(),
    isComplete() {
      const isGiven = !needed || reason.value.trim() !== '';
      const isNamed = !mustName || name.value.trim() === plan.target.name;
      tell(reason, reasonError, isGiven ? '' : 'Write why this is right; it is kept with the change.');
      tell(name, nameError, isNamed ? '' : `Type the target's name, ${plan.target.name}.`);
      if (!isGiven) reason.focus();
      else if (!isNamed) name.focus();
      return isGiven && isNamed;
    },
  };
}

function tell(input, error, sentence) {
  fill(error, sentence);
  input.setAttribute('aria-invalid', String(sentence !== ''));
}

const hints = (refusal) => h('span.hints', { 'aria-hidden': 'true' }, refusal.approve ? null : [h('kbd', {}, 'A'), ' approve '], h('kbd', {}, 'R'), ' reject');

function tellExpiry(node, question, buttons, refusal) {
  const time = left(question.expiresAt);
  fill(node, icon('clock'), time ? `expires in ${time}` : 'Expired. Ask again to get a new plan.');
  if (!time) for (const button of buttons) button.disabled = true;
  node.classList.toggle('is-late', !time && !refusal.reject);
}
