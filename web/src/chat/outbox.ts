// Messages on their way: typed while an answer runs, or while the server is away, or in the start box before the
// session's page is open. Each has the idempotency key that makes sending it twice the same as once.

import { readStored, writeStored } from '@/ui/stored';
import type { PageContext } from './message';

/** Messages that may wait in one session. */
export const LONGEST_QUEUE = 20;

export interface Outgoing {
  /** Idempotency key. */
  id: string;
  text: string;
  page?: PageContext;
  /** The run whose message this one takes the place of. */
  replaces?: string;
  /** The server could not be reached with it. */
  isWaiting?: boolean;
}

export function readOutbox(session: string): Outgoing[] {
  const list = readStored<unknown>(`outbox.${session}`, []);
  return Array.isArray(list) ? list.filter(isOutgoing) : [];
}

export function writeOutbox(session: string, list: Outgoing[]): void {
  writeStored(`outbox.${session}`, list.length === 0 ? undefined : list);
}

function isOutgoing(one: unknown): one is Outgoing {
  return (
    typeof one === 'object' &&
    one !== null &&
    'id' in one &&
    typeof one.id === 'string' &&
    'text' in one &&
    typeof one.text === 'string'
  );
}
