// Small pieces that several pages show the same way.

import { copy, h } from './dom.js';
import { ago, fullMoment } from './format.js';
import { icon } from './icons.js';
import { RISKS } from './words.js';

export function riskBadge(risk) {
  const { icon: name, word } = RISKS[risk] ?? { icon: 'question', word: risk };
  return h('span.badge', { class: `risk-${risk}` }, icon(name), word);
}

/** A state as icon and word; `tone` gives the colour. A busy one turns. */
export function chip({ icon: name, word, tone }) {
  return h('span.chip', { class: `tone-${tone}` }, tone === 'busy' ? h('span.spinner', { 'aria-hidden': 'true' }) : name && icon(name), word);
}

/** Where something happens: the target's name and its environment. Unset counts as production. */
export function targetName(target) {
  const environment = target.environment || 'production';
  const isProduction = !['development', 'staging', 'test', 'demo', 'local'].includes(environment);
  return h('span.target', {}, h('bdi.mono', {}, target.name), h('span.environment', { class: isProduction ? 'is-production' : '' }, environment));
}

/** A moment as "4 min ago", the full time on hover. */
export function when(text) {
  return h('time', { datetime: text, title: fullMoment(text) }, ago(text));
}

/** A problem, calmly: what we were doing, why it stopped, what to do. `isAlert` has it read out at once. */
export function problemBox(problem, { isAlert = false, actions = [] } = {}) {
  return h('div.problem', { role: isAlert ? 'alert' : 'group', 'aria-label': isAlert ? null : 'Problem' },
    icon('warning'),
    h('div', {},
      h('p.problem-what', {}, sentence(problem.what)),
      problem.why && h('p', {}, sentence(problem.why)),
      problem.next && h('p.problem-next', {}, sentence(problem.next)),
      h('p.problem-code', {}, problem.code),
      actions.length > 0 && h('div.actions', {}, actions)));
}

function sentence(text) {
  const trimmed = text.trim();
  return (/[.!?…:)]$/.test(trimmed) ? trimmed : `${trimmed}.`).replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
}

/** Something that opens: a native disclosure, so that keyboard and readers know it. */
export function fold(title, isOpen, ...children) {
  return h('details.fold', { open: isOpen }, h('summary', {}, icon('chevron', 'turns'), title), h('div.fold-body', {}, children));
}

export function emptyState(name, title, ...rest) {
  return h('div.empty', {}, icon(name), h('p.empty-title', {}, title), rest);
}

/** Grey bars in the shape of a list; they appear only when loading takes long enough to notice. */
export function skeleton(rows = 6) {
  return h('div.skeleton', { role: 'status' }, h('span.hidden-visually', {}, 'Loading'), Array.from({ length: rows }, () => h('span', { 'aria-hidden': 'true' })));
}

export function copyButton(text, label = 'Copy') {
  const button = h('button.icon-button.copy', { type: 'button', 'aria-label': label, title: label, onclick: act }, icon('copy'));
  async function act() {
    const worked = await copy(text);
    button.replaceChildren(icon(worked ? 'check' : 'cross'));
    setTimeout(() => button.replaceChildren(icon('copy')), 1500);
  }
  return button;
}

/** A question before something that cannot be taken back. Resolves to true or false; focus goes back where it was. */
export function confirmDialog(title, text, yes) {
  return new Promise((resolve) => {
    const dialog = h('dialog.confirm', { 'aria-labelledby': 'confirm-title', onclose: () => finish(dialog.returnValue === 'yes') },
      h('form', { method: 'dialog' },
        h('h2', { id: 'confirm-title' }, title),
        h('p', {}, text),
        h('div.actions', {}, h('button', { value: 'no', autofocus: true }, 'Keep it'), h('button.danger', { value: 'yes' }, yes))));
    function finish(answer) {
      dialog.remove();
      resolve(answer);
    }
    document.body.append(dialog);
    dialog.showModal();
  });
}
