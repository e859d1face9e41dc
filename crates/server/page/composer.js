// The field to ask in: grows with its text, keeps its draft, Enter sends, Shift+Enter makes a line, Esc stops.

import { fill, h } from './dom.js';
import { count } from './format.js';
import { icon } from './icons.js';
import { current } from './me.js';
import { problemBox } from './parts.js';

/** Characters of a message; the server accepts no more. */
export const LONGEST_MESSAGE = 16_000;
const COUNT_FROM = 14_000;

/** `{node, use(draftName), setText, setRun(isOpen, isStopping), showProblem, focus, restore}`. */
export function composer({ send, stop, lastSaid }) {
  let draft = null;
  const input = h('textarea', {
    id: 'composer', rows: '1', placeholder: 'Ask about your systems, or say what to do', 'aria-label': 'Message', 'aria-describedby': 'composer-count',
    enterkeyhint: 'send', onkeydown: key,
    oninput: () => {
      fill(trouble);
      changed();
    },
  });
  const counter = h('span.counter', { id: 'composer-count', 'aria-live': 'polite' });
  const stopButton = h('button.stop', { type: 'button', hidden: true, onclick: () => stop() }, icon('stop'), h('span', {}, 'Stop'));
  const sendButton = h('button.primary.send', { type: 'submit', 'aria-label': 'Send', title: 'Send (Enter)' }, icon('up'));
  const trouble = h('div.composer-problem');
  const node = h('form.composer', { onsubmit: submit },
    trouble,
    h('div.composer-box', { onclick: (event) => event.target === event.currentTarget && input.focus() },
      input,
      h('div.composer-foot', {}, h('span.provider', { title: 'What answers' }, provider()), h('span.spread'), counter, stopButton, sendButton)));

  function submit(event) {
    event?.preventDefault();
    const text = input.value.trim();
    if (!text || text.length > LONGEST_MESSAGE) return;
    fill(trouble);
    setText('');
    send(text);
  }

  function key(event) {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) submit(event);
    else if (event.key === 'Escape' && !stopButton.hidden && !stopButton.disabled) stop();
    else if (event.key === 'ArrowUp' && input.value === '' && lastSaid()) {
      event.preventDefault();
      setText(lastSaid());
    }
  }

  function changed() {
    const { length } = input.value.trim();
    counter.textContent = length >= COUNT_FROM ? `${count(length)} of ${count(LONGEST_MESSAGE)}` : '';
    counter.classList.toggle('is-over', length > LONGEST_MESSAGE);
    sendButton.disabled = length === 0 || length > LONGEST_MESSAGE;
    grow(input);
    if (draft) remember(draft, input.value);
  }

  function setText(text) {
    input.value = text;
    changed();
  }

  return {
    node,
    /** Takes up the draft of this name; the text of the one before stays remembered under its own. */
    use(name) {
      draft = `steersman.draft.${name}`;
      setText(recall(draft));
    },
    /** Text moves with the chat when a new session gets its id. */
    rename(name) {
      remember(draft, '');
      draft = `steersman.draft.${name}`;
    },
    setText(text) {
      setText(text);
      input.focus();
    },
    /** Puts a message back that could not be sent, unless something else was typed meanwhile. */
    restore: (text) => input.value === '' && setText(text),
    setRun(isOpen, isStopping) {
      stopButton.hidden = !isOpen;
      stopButton.disabled = isStopping;
    },
    showProblem: (problem) => fill(trouble, problem && problemBox(problem, { isAlert: true })),
    focus: () => input.focus(),
  };
}

function provider() {
  const { provider: one } = current() ?? {};
  if (!one) return '';
  return one.model && one.model !== one.name ? `${one.name} · ${one.model}` : one.name;
}

/** Browsers that size fields by their content do it in the style sheet; the others get help. */
function grow(input) {
  if (CSS.supports('field-sizing', 'content')) return;
  input.style.height = 'auto';
  input.style.height = `${Math.min(input.scrollHeight, 240)}px`;
}

function recall(name) {
  try {
    return localStorage.getItem(name) ?? '';
  } catch {
    return '';
  }
}

function remember(name, text) {
  try {
    if (text) localStorage.setItem(name, text);
    else localStorage.removeItem(name);
  } catch {
    // Without storage a draft lasts as long as the page.
  }
}
