// Draws a transcript and keeps what is drawn: only entries whose version changed are touched, so that folds, typed
// reasons and the focus survive every event.

import { callCard } from './callcard.js';
import { fill, h } from './dom.js';
import { isInAnswer, isInProblem, repeatsFailure } from './echo.js';
import { icon } from './icons.js';
import { markdown } from './markdown.js';
import { current } from './me.js';
import { copyButton, problemBox, when } from './parts.js';
import { argumentList } from './plan.js';
import { callInWords, toolTitle } from './words.js';

const KINDS = { said, answer, call: callCard, refused, problem };

/** `{node, draw(transcript)}`. `choose(text)` is called when a suggestion is picked. */
export function conversation(choose) {
  const node = h('div.conversation');
  const drawn = new Map();

  function draw(transcript) {
    const last = transcript.runs.at(-1);
    for (const run of transcript.runs) drawRun(run, run === last);
  }

  function drawRun(run, isLast) {
    let shown = drawn.get(run.id);
    if (!shown) {
      shown = { node: h('section.run', { 'data-run': run.id }), entries: new Map(), end: h('div.run-end') };
      shown.node.append(shown.end);
      node.append(shown.node);
      drawn.set(run.id, shown);
    }
    const latestTurn = Math.max(0, ...run.entries.filter((one) => one.kind === 'call').map((one) => one.turn));
    for (const entry of run.entries) {
      let part = shown.entries.get(entry.key);
      if (!part) {
        part = { ...KINDS[entry.kind](entry), version: 0, place: null };
        shown.entries.set(entry.key, part);
        shown.end.before(part.node);
      }
      const isLatest = entry.turn === latestTurn;
      const isEcho = entry.kind === 'call' ? isInProblem(entry) || isInAnswer(run, entry) : entry.kind === 'answer' && repeatsFailure(run, entry);
      const place = `${isLatest} ${isEcho}`;
      if (part.version === entry.version && part.place === place) continue;
      Object.assign(part, { version: entry.version, place });
      part.update(entry, { isLatest, isEcho });
    }
    fill(shown.end, runStatus(run), isLast && run.isOver && suggestions(run, choose), runProblem(run));
  }

  return { node, draw };
}

function said(entry) {
  const isOther = entry.actor && entry.actor.user_id !== current()?.user.id;
  const node = h('div.said', {},
    isOther && h('p.quiet', {}, h('bdi', {}, entry.actor.name)),
    h('p.said-text', {}, entry.text));
  return { node, update: () => {} };
}

function answer() {
  const text = h('div.prose');
  const tools = h('div.answer-tools');
  const node = h('div.answer', {}, text, tools);
  return {
    node,
    update(entry, { isEcho }) {
      node.hidden = entry.text === '' || isEcho;
      node.classList.toggle('is-streaming', !entry.isWhole);
      fill(text, markdown(entry.text));
      if (entry.isWhole) fill(tools, copyButton(entry.text, 'Copy answer'), entry.at && h('span.quiet', {}, when(entry.at)));
    },
  };
}

function refused({ call, problem: why }) {
  const node = h('div.refused', {},
    h('p.quiet', {}, 'A call was refused before anything ran: ', h('bdi.mono', {}, call.name)),
    problemBox(why),
    h('details.fold', {}, h('summary', {}, icon('chevron', 'turns'), 'Arguments'), h('div.fold-body', {}, argumentList(call.arguments))));
  return { node, update: () => {} };
}

function problem({ problem: one }) {
  return { node: problemBox(one), update: () => {} };
}

/** The line under a run that is not over. */
export function statusWords({ status }) {
  const { is, call } = status;
  const what = call && `${toolTitle(call.tool)} on ${call.target.name}`;
  switch (is) {
    case 'planning':
      return `Planning: ${what}`;
    case 'running':
      return `Running: ${what}`;
    case 'verifying':
      return `Checking the result: ${what}`;
    case 'waiting':
      return 'Waiting for a decision. Nothing runs until then.';
    case 'stopping':
      return 'Stopping…';
    case 'over':
      return null;
    default:
      return 'Thinking…';
  }
}

function runStatus(run) {
  const words = statusWords(run);
  if (!words) return run.outcome === 'cancelled' && h('p.run-note', {}, icon('stop'), run.stoppedBy ? `Stopped by ${run.stoppedBy}.` : 'Stopped.');
  return h('p.run-status', {}, run.status.is === 'waiting' ? icon('clock') : h('span.spinner', { 'aria-hidden': 'true' }), words);
}

/** A run's own problem, unless an entry says the same already. */
function runProblem(run) {
  const isTold = (one) => [one.problem, ...(one.problems ?? []).map((inner) => inner.problem)].some((known) => known?.code === run.problem.code);
  if (!run.problem || run.outcome === 'cancelled' || run.entries.some(isTold)) return null;
  return problemBox(run.problem);
}

/** Those of the last call, because what earlier ones proposed has been followed or passed over; and the undo of every
 * change of the run, which stays possible. */
function suggestions(run, choose) {
  const calls = run.entries.filter((entry) => entry.kind === 'call');
  const offered = calls.flatMap((call) => (call.suggestions ?? []).filter((one) => one.is_undo || call === calls.at(-1)));
  const byWords = new Map(offered.map((call) => [callInWords(call), call]));
  if (byWords.size === 0) return null;
  return h('ul.chips', { 'aria-label': 'Suggestions' }, [...byWords].slice(0, 5).map(([words, call]) =>
    h('li', {}, h('button.suggestion', { type: 'button', title: call.because ? `${words}: because ${call.because}` : words, onclick: () => choose(words) },
      icon(call.is_undo ? 'undo' : 'plus'), call.is_undo && h('span.quiet', {}, 'Undo: '), h('bdi', {}, words)))));
}
