// What the list of a conversation is made of.

import { type ChatMessage, keyOf, runOf } from '../message';
import type { Outgoing } from '../outbox';

export type Row =
  | { kind: 'message'; key: string; message: ChatMessage; isLast: boolean }
  /** Typed and not yet taken by the server. */
  | { kind: 'outgoing'; key: string; outgoing: Outgoing };

export function rowsOf(messages: ChatMessage[], outbox: Outgoing[]): Row[] {
  const last = messages.length - 1;
  const told = messages.map(
    (message, at): Row => ({ kind: 'message', key: keyOf(message), message, isLast: at === last }),
  );
  const ids = new Set(messages.map((message) => message.id));
  return [
    ...told,
    ...outbox
      .filter(({ id }) => !ids.has(id))
      .map((outgoing): Row => ({ kind: 'outgoing', key: outgoing.id, outgoing })),
  ];
}

/** The message of a person that a run answers. */
export function askedIn(messages: ChatMessage[], run: string): ChatMessage | undefined {
  return messages.find((message) => message.role === 'user' && runOf(message) === run);
}

const LINE = 24;
const LETTERS_A_LINE = 84;

/** Pixels, near enough for the scroll bar until the row was drawn once. */
export function estimatedHeight(row: Row | undefined): number {
  if (!row) return 80;
  if (row.kind === 'outgoing') return 88 + lines(row.outgoing.text) * LINE;
  const { message } = row;
  let height = message.role === 'user' ? 76 : 64;
  for (const part of message.parts) {
    if (part.type === 'text') height += Math.min(lines(part.text), message.role === 'user' ? 12 : 400) * LINE;
    else if (part.type === 'data-call') height += part.data.approval?.status === 'pending' ? 420 : 50;
    else if (part.type === 'reasoning' || part.type === 'data-notice') height += 36;
  }
  return height;
}

function lines(text: string): number {
  let count = Math.ceil(text.length / LETTERS_A_LINE);
  for (let at = text.indexOf('\n'); at >= 0 && count < 500; at = text.indexOf('\n', at + 1)) count += 0.6;
  return Math.max(1, Math.ceil(count));
}
