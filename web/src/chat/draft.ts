// A draft belongs to its session and survives a reload, a new login and a crash. One that nobody came back to for a
// month is forgotten.

import { readStored, writeStored } from '@/ui/stored';

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;
const KEY = /^steersman\.draft\.(.+)$/;

interface Draft {
  text: string;
  at: number;
}

export function readDraft(name: string): string {
  const draft = readStored<Partial<Draft> | null>(`draft.${name}`, null);
  return typeof draft?.text === 'string' ? draft.text : '';
}

export function writeDraft(name: string, text: string, now: number = Date.now()): void {
  writeStored<Draft>(`draft.${name}`, text === '' ? undefined : { text, at: now });
}

/** Forgets drafts older than a month. */
export function sweepDrafts(storage: Storage, now: number = Date.now()): void {
  const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? '');
  for (const key of keys) {
    const name = KEY.exec(key)?.[1];
    if (name === undefined) continue;
    const draft = readStored<Partial<Draft> | null>(`draft.${name}`, null);
    if (now - (Number(draft?.at) || 0) > MONTH_MS) storage.removeItem(key);
  }
}
