// Server-sent events over fetch: resumes after the last position, with growing pauses while the server is away.

import { problemOf, UNREACHABLE } from './api.js';

// The server sends a comment each 15 s; three missed ones mean that the line is dead.
const SILENCE_MS = 50_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Follows `path?after=POSITION`.
 *
 * `onEvent(kind, data)` gets each event; `onState` gets `{is: 'open'}`, `{is: 'away', again_at}` or
 * `{is: 'refused', problem, status}` (no further attempts). Returns `{close, retry}`.
 */
export function follow(path, after, onEvent, onState) {
  let position = after;
  let pause = FIRST_PAUSE_MS;
  let isClosed = false;
  let abort = null;
  let wake = null;

  const run = async () => {
    while (!isClosed) {
      abort = new AbortController();
      try {
        const response = await fetch(`${path}?after=${encodeURIComponent(position)}`, {
          headers: { Accept: 'text/event-stream' },
          credentials: 'same-origin',
          signal: abort.signal,
        });
        if (!response.ok) {
          const problem = await problemOf(response);
          // A proxy or a server that is starting may answer 5xx for a while; anything else will not get better.
          if (response.status < 500 && response.status !== 429) return onState({ is: 'refused', problem, status: response.status });
          throw new Error(problem.why);
        }
        onState({ is: 'open' });
        pause = FIRST_PAUSE_MS;
        await read(response.body, abort, (frame) => {
          if (frame.id) position = frame.id;
          if (frame.data) onEvent(frame.event, JSON.parse(frame.data));
        });
      } catch (error) {
        if (!isClosed && error instanceof SyntaxError) console.error('Unreadable event from the server', error);
      }
      if (isClosed) return;
      onState({ is: 'away', again_at: Date.now() + pause, problem: UNREACHABLE });
      await new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, pause);
      });
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  };
  run();

  return {
    close() {
      isClosed = true;
      abort?.abort();
      wake?.();
    },
    /** Tries again now. */
    retry: () => wake?.(),
  };
}

async function read(body, abort, onFrame) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const parse = parser(onFrame);
  let watch;
  try {
    for (;;) {
      clearTimeout(watch);
      watch = setTimeout(() => abort.abort(), SILENCE_MS);
      const { done, value } = await reader.read();
      if (done) return;
      parse(value);
    }
  } finally {
    clearTimeout(watch);
  }
}

/** A parser of the event stream format: give it text as it comes; `onFrame` gets `{id, event, data}`. */
export function parser(onFrame) {
  let rest = '';
  let frame = { event: 'message', data: '' };
  const line = (text) => {
    if (text === '') {
      if (frame.data) onFrame({ ...frame, data: frame.data.slice(0, -1) });
      frame = { event: 'message', data: '' };
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') frame.data += `${value}\n`;
    else if (field === 'event' || field === 'id') frame[field] = value;
  };
  return (text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop();
    lines.forEach(line);
  };
}
