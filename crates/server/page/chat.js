// The chat page: one session, followed from its first event; or a new one that gets its id with the first message.

import { get, post, remove, uuid } from './api.js';
import { composer } from './composer.js';
import { conversation } from './conversation.js';
import { announce, fill, h } from './dom.js';
import { icon } from './icons.js';
import { live } from './live.js';
import { confirmDialog, emptyState, problemBox, skeleton } from './parts.js';
import { pinned } from './pinned.js';
import { follow } from './stream.js';
import { emptyTranscript, openRun, take, takeDelta, takeNotice, takeProgress } from './transcript.js';

/** After this long without a further event, the past is taken as read. */
const SETTLED_MS = 250;
const DRAW_MS = 30;

/** `{node, title, actions, leave}` for the shell; `adopted(id)` is called when a new session got its id. */
export function chatPage(id, { adopted, retitle }) {
  let transcript = emptyTranscript();
  let position = 0;
  let stream = null;
  let isSettled = id === null;
  let status = null;
  const timers = {};

  const talk = conversation((text) => ask.setText(text));
  const aside = h('div.chat-aside');
  const unsent = h('div.unsent');
  const scroller = h('div.chat-scroll', { tabindex: '-1' }, h('div.column', {}, aside, talk.node, unsent));
  const pin = pinned(scroller);
  const ask = composer({ send, stop, lastSaid: () => transcript.runs.at(-1)?.title });
  const bin = h('button.icon-button', { type: 'button', 'aria-label': 'Delete this session', title: 'Delete this session', hidden: id === null, onclick: discard }, icon('trash'));

  ask.use(id ?? 'new');
  if (id) {
    timers.skeleton = setTimeout(() => !isSettled && fill(aside, skeleton(4)), 150);
    open();
    get(`/api/sessions/${id}`).then((session) => retitle(session.title || 'Untitled'), () => {});
  } else {
    welcome();
  }
  live.addEventListener('asleep', sleep);
  live.addEventListener('awake', open);

  function open() {
    if (stream || !id) return;
    stream = follow(`/api/sessions/${id}/events`, position, received, (state) => {
      if (state.is === 'open') settleSoon();
      if (state.is === 'refused') gone(state.problem);
    });
  }

  function sleep() {
    stream?.close();
    stream = null;
  }

  function received(kind, data) {
    if (kind === 'event') {
      if (data.position <= position) return;
      position = data.position;
      take(transcript, data);
      if (isSettled) live.hear(data);
    } else if (kind === 'delta') takeDelta(transcript, data);
    else if (kind === 'progress') takeProgress(transcript, data);
    else if (kind === 'notice') takeNotice(transcript, data);
    if (!isSettled) settleSoon();
    timers.draw ??= setTimeout(draw, DRAW_MS);
  }

  function settleSoon() {
    if (isSettled) return;
    clearTimeout(timers.settle);
    timers.settle = setTimeout(() => {
      isSettled = true;
      draw();
    }, SETTLED_MS);
  }

  function draw() {
    clearTimeout(timers.draw);
    timers.draw = null;
    if (transcript.runs.length > 0) fill(aside);
    else if (isSettled && !unsent.hasChildNodes()) welcome();
    pin.around(() => {
      talk.draw(transcript);
      const isHere = unsent.dataset.run && transcript.byId.has(unsent.dataset.run);
      if (isHere) clearUnsent();
    });
    const run = openRun(transcript);
    ask.setRun(run !== null, run?.isStopping ?? false);
    if (isSettled) tellStatus(run);
  }

  function tellStatus(run) {
    const next = run?.status.is ?? (transcript.runs.length ? 'over' : null);
    if (next === status) return;
    const before = status;
    status = next;
    if (next === 'waiting') announce(`Waiting for approval: ${run.status.call.plan?.summary ?? 'a change'}`);
    else if (next === 'over' && before) announce('Ready');
    else if (run && (!before || before === 'over' || before === 'waiting')) announce('Answering');
  }

  let key = { text: null, value: null };
  async function send(text) {
    if (key.text !== text) key = { text, value: uuid() };
    fill(unsent, h('div.said', {}, h('p.said-text', {}, text)), h('p.run-status', {}, h('span.spinner', { 'aria-hidden': 'true' }), 'Sending…'));
    fill(aside);
    pin.toEnd();
    try {
      if (!id) await begin(text);
      const { run_id } = await post(`/api/sessions/${id}/messages`, { text }, { key: key.value });
      key = { text: null, value: null };
      unsent.dataset.run = run_id;
      draw();
    } catch (failure) {
      if (!failure.problem) throw failure;
      clearUnsent();
      ask.restore(text);
      ask.showProblem(failure.problem);
      draw();
    }
  }

  async function begin(text) {
    const session = await post('/api/sessions', { title: titleOf(text) });
    id = session.id;
    bin.hidden = false;
    ask.rename(id);
    adopted(id);
    retitle(session.title || titleOf(text));
    live.refreshSessions();
    open();
  }

  function clearUnsent() {
    fill(unsent);
    delete unsent.dataset.run;
  }

  async function stop() {
    const run = openRun(transcript);
    if (!run) return;
    try {
      await post(`/api/runs/${run.id}/cancel`);
    } catch (failure) {
      // A run that ended a moment ago needs no stopping.
      if (failure.status !== 409) ask.showProblem(failure.problem);
    }
  }

  async function discard() {
    const sure = await confirmDialog('Delete this session?', 'The conversation disappears from the list. The audit log keeps what was done.', 'Delete');
    if (!sure) return;
    try {
      await remove(`/api/sessions/${id}`);
      live.refreshSessions();
      location.hash = '#/chat';
    } catch (failure) {
      ask.showProblem(failure.problem);
    }
  }

  function gone(problem) {
    isSettled = true;
    clearTimeout(timers.settle);
    fill(aside, problemBox(problem, { isAlert: true, actions: [h('a.button', { href: '#/chat' }, 'Start a new session')] }));
  }

  async function welcome() {
    if (aside.querySelector('.empty')) return;
    const list = h('ul.examples');
    fill(aside, emptyState('helm', 'What shall we look at?', h('p.quiet', {}, 'Reading happens at once. Changes are planned first and wait for your approval.'), list));
    try {
      const { items } = await get('/api/suggestions');
      fill(list, items.slice(0, 6).map((text) => h('li', {}, h('button.example', { type: 'button', onclick: () => ask.setText(text) }, h('bdi', {}, text), icon('chevron')))));
    } catch {
      // Examples are a help, not a need.
    }
  }

  return {
    node: h('div.chat', {}, scroller, pin.button, ask.node),
    title: id ? 'Session' : 'New session',
    actions: [bin],
    ready: ask.focus,
    leave() {
      sleep();
      Object.values(timers).forEach(clearTimeout);
      live.removeEventListener('asleep', sleep);
      live.removeEventListener('awake', open);
    },
  };
}

/** The first line, cut at a word. */
function titleOf(text) {
  const line = text.split('\n')[0].trim();
  return line.length <= 60 ? line : `${line.slice(0, 60).replace(/\s+\S*$/, '')}…`;
}
