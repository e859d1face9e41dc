// A plan as a person reads it before deciding: everything that is in the digest is shown here.

import { h } from './dom.js';
import { block } from './blocks.js';
import { codeBlock } from './code.js';
import { bytes, cell, count, duration } from './format.js';
import { icon } from './icons.js';
import { fold } from './parts.js';
import { callInWords } from './words.js';

/** The plan's rows, most important first. `marked` are JSON pointers of arguments that came from a target's text. */
export function planDetails(plan, verdict, marked, digest) {
  return h('div.plan', {},
    plan.warnings.length > 0 && h('ul.warnings', {}, plan.warnings.map((one) => h('li', {}, icon('warning'), h('span', {}, one)))),
    row('What runs', steps(plan.steps)),
    plan.on_failure.length > 0 && row('If it goes wrong', h('p.quiet', {}, 'Under the same approval, when something broken is left behind:'), steps(plan.on_failure)),
    row('Undo', undo(plan.undo)),
    plan.touches.length > 0 && row('Touches', h('ul.touches', {}, plan.touches.map(touched))),
    verdict && row('Why it asks', reasons(verdict)),
    marked.length > 0 && row('Arguments', argumentList(plan.arguments, marked)),
    h('div.folds', {},
      plan.observed.length > 0 && fold('What was seen while planning', false, plan.observed.map(block)),
      fold('All details', false, everything(plan, verdict, marked, digest))));
}

const row = (label, ...content) => h('div.plan-row', {}, h('h4', {}, label), h('div', {}, content));

const LANGUAGE = { sql: 'sql' };
const KIND_WORDS = { signal: 'Signal', command: 'Command', request: 'Request' };

function steps(list) {
  const one = ({ kind, literal, note }) => [KIND_WORDS[kind] && h('p.caption', {}, KIND_WORDS[kind]), codeBlock(literal, LANGUAGE[kind]), note && h('p.quiet', {}, note)];
  return list.length === 1 ? h('div', {}, one(list[0])) : h('ol.steps', {}, list.map((step) => h('li', {}, one(step))));
}

function undo(way) {
  switch (way.kind) {
    case 'reversible':
      return [h('p.undo-good', {}, icon('undo'), 'Can be undone by'), steps(way.steps), way.call && h('p.quiet', {}, `Just ask: “${callInWords(way.call)}”.`)];
    case 'backed_up':
      return h('p.undo-good', {}, icon('undo'), `Backed up at ${way.location}`);
    case 'not_needed':
      return h('p.undo-good', {}, icon('check'), `Nothing to undo: ${way.why}`);
    default:
      return h('p.undo-bad', {}, icon('octagon'), `Cannot be undone: ${way.why}`);
  }
}

const touched = ({ kind, name, how }) => h('li', {}, h('span.quiet', {}, `${kind} `), h('bdi.mono', {}, name), how && ` – ${how}`);

function reasons(verdict) {
  return h('ul.reasons', {},
    verdict.rules.filter((rule) => rule.decision !== 'allow').map((rule) => h('li', {}, rule.reason, ' ', h('span.rule', { title: 'The rule that asks' }, rule.id))),
    verdict.risk_reasons.map((reason) => h('li', {}, h('span.quiet', {}, 'Risk: '), reason)));
}

/** Names and values of a call; those taken from a target's text are marked. */
export function argumentList(values, marked = []) {
  const names = Object.keys(values ?? {});
  if (typeof values !== 'object' || names.length === 0) return h('p.quiet', {}, names.length ? String(values) : 'None.');
  return h('dl.record', {}, names.map((name) => {
    const isMarked = marked.some((pointer) => pointer === `/${name}` || pointer.startsWith(`/${name}/`));
    const shown = cell(values[name]);
    return h('div', {},
      h('dt', {}, name),
      h('dd', {}, shown.includes('\n') || shown.length > 120 ? codeBlock(shown, name === 'sql' ? 'sql' : '') : h('bdi.mono', {}, shown),
        isMarked && h('span.badge.risk-high', { title: 'This value was not typed by a person: it was read from a target.' }, icon('warning'), 'from target text')));
  }));
}

function everything(plan, verdict, marked, digest) {
  const { time_ms: time, lock_wait_ms: lock, rows, bytes: size } = plan.limits;
  return [
    marked.length === 0 && [h('p.caption', {}, 'Arguments'), argumentList(plan.arguments)],
    Object.keys(plan.must_hold).length > 0 && [h('p.caption', {}, 'Looked at again right before it runs; a difference stops it'), argumentList(plan.must_hold)],
    plan.facts.length > 0 && [h('p.caption', {}, 'What the risk was judged by'), h('ul', {}, plan.facts.map((fact) => h('li', {}, factInWords(fact))))],
    h('p.caption', {}, 'Limits'),
    h('p', {}, `Stops after ${duration(time)}, waits ${duration(lock)} for locks, at most ${count(rows)} rows and ${bytes(size)}.`),
    h('p.caption', {}, 'Identity'),
    h('p.mono.digest', {}, `${plan.tool} · ${plan.target.plugin} target, revision ${plan.target.revision}${verdict ? ` · policy revision ${verdict.policy_revision}` : ''}`),
    digest && h('p.mono.digest', {}, `digest ${digest}`),
  ];
}

function factInWords({ fact, ...rest }) {
  const words = fact.replaceAll('_', ' ');
  if (fact === 'size_bytes') return `size ${bytes(rest.bytes)}`;
  const [value] = Object.values(rest);
  return `${words}: ${typeof value === 'number' ? count(value) : value}`;
}
