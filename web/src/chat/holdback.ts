// A resumed stream tells the whole message again from its start. Until it has caught up, what was shown before stays,
// so that nothing collapses and grows again under the reader's eyes.

import type { ChatMessage } from './message';

/** True when nothing that is shown would disappear. */
export function hasCaughtUp(before: ChatMessage, replayed: ChatMessage): boolean {
  if (replayed.parts.length < before.parts.length) return false;
  const last = before.parts.length - 1;
  const shown = before.parts[last];
  const now = replayed.parts[last];
  if (!shown || !now || shown.type !== now.type) return true;
  const isText =
    (shown.type === 'text' || shown.type === 'reasoning') && (now.type === 'text' || now.type === 'reasoning');
  return !isText || now.text.length >= shown.text.length;
}

/** Told of each resume; gives what to show. */
export class Holdback {
  #before: ChatMessage | null = null;

  /** A replay of this message begins. */
  hold(before: ChatMessage | undefined): void {
    this.#before = before && before.parts.length > 0 ? before : null;
  }

  /** The stream ended or was found to differ: what there is, is shown. */
  release(): void {
    this.#before = null;
  }

  get isHolding(): boolean {
    return this.#before !== null;
  }

  /** The same array while nothing is held back. */
  apply(messages: ChatMessage[]): ChatMessage[] {
    const before = this.#before;
    if (!before) return messages;
    const at = messages.findLastIndex((message) => message.id === before.id);
    const replayed = messages[at];
    if (replayed && hasCaughtUp(before, replayed)) {
      this.#before = null;
      return messages;
    }
    return replayed ? messages.with(at, before) : messages;
  }
}
