// A transcript is read in pages, newest first, and goes on growing meanwhile. These lay a page over what is shown.

import { type ChatMessage, keyOf, runOf } from '../message';

export interface TranscriptPage {
  /** Oldest first, whole turns. */
  items: ChatMessage[];
  next_cursor?: string | null;
  leaf_run_id?: string | null;
}

export interface Merged {
  messages: ChatMessage[];
  /** What was shown does not lead to this page (another branch, or a gap): only the page is left. */
  isReset: boolean;
}

/**
 * Lays the newest page over what is shown.
 *
 * A run has one line of ancestors, so whatever is shown above the page's first message stays right. `streaming` is the
 * run that a stream is telling now: its message is newer here than in the page. What was typed and is not yet a run
 * stays at the end.
 */
export function mergeNewest(shown: ChatMessage[], page: TranscriptPage, streaming?: string): Merged {
  const unsaved = unsavedOf(shown, page.items);
  const first = page.items[0];
  if (!first) return { messages: unsaved, isReset: shown.length > unsaved.length };
  const at = shown.findIndex((message) => keyOf(message) === keyOf(first));
  const byKey = new Map(shown.map((message) => [keyOf(message), message]));
  const items = page.items.map((item) => {
    const known = byKey.get(keyOf(item));
    if (!known) return item;
    if (streaming !== undefined && item.role === 'assistant' && runOf(item) === streaming) return known;
    return isSame(known, item) ? known : item;
  });
  const hasStreaming = streaming !== undefined && items.some((item) => runOf(item) === streaming);
  const told = hasStreaming || streaming === undefined ? undefined : byKey.get(`assistant:${streaming}`);
  const older = at > 0 ? shown.slice(0, at) : [];
  return {
    messages: [...older, ...items, ...unsaved, ...(told && unsaved.length > 0 ? [told] : [])],
    isReset: at < 0 && shown.length > 0,
  };
}

/** Puts an older page above what is shown. */
export function prependOlder(shown: ChatMessage[], page: TranscriptPage): ChatMessage[] {
  const known = new Set(shown.map(keyOf));
  return [...page.items.filter((item) => !known.has(keyOf(item))), ...shown];
}

/** What is shown up to the message of this run, which another version takes the place of. */
export function before(shown: ChatMessage[], run: string): ChatMessage[] {
  const at = shown.findIndex((message) => runOf(message) === run);
  return at < 0 ? shown : shown.slice(0, at);
}

/** Messages that were typed here and are not in the page as a run yet. */
function unsavedOf(shown: ChatMessage[], items: ChatMessage[]): ChatMessage[] {
  const runs = new Set(items.map(runOf));
  return shown.filter((message, at) => {
    if (message.role !== 'user' || message.metadata?.run_id) return false;
    const answer = shown[at + 1];
    return !(answer && runs.has(runOf(answer)));
  });
}

// Keeping the known object keeps its row from being drawn again. Metadata of parts that a stream adds (their `state`)
// is no difference.
function isSame(known: ChatMessage, item: ChatMessage): boolean {
  if (known.role !== item.role || known.parts.length !== item.parts.length) return false;
  return JSON.stringify([known.metadata, known.parts]) === JSON.stringify([item.metadata, item.parts]);
}
