import { useSyncExternalStore } from 'react';
import { makeStore } from '@/api/signals';
import { readStored, useStored, writeStored } from '@/ui/stored';
import type { PageContext } from './pageContext';

export type DrawerChatProps = {
  /** The session that is open in the drawer; null before the first message. */
  sessionId: string | null;
  /** Called with the id of a session that was just made, and with null for a new one. */
  onSession: (id: string | null) => void;
  /** What the page shows; sent along with each message. */
  context: PageContext | null;
  /** Sentences worth asking here, for the empty state. */
  suggestions: string[];
  /** Text to put in the composer, or to send at once; `onTaken` when it was taken over. */
  request: DrawerRequest | null;
  onTaken: () => void;
  onClose: () => void;
};

export type DrawerRequest = { text: string; isSent: boolean };

const isOpen = makeStore(readStored('drawer.open', false));
const request = makeStore<DrawerRequest | null>(null);

/** Longest piece of marked text that is taken along, in characters. */
const LONGEST_MARKED = 2_000;

/** Opens the drawer; what is marked on the page comes along as a quote, to ask about. */
export function openDrawer(): void {
  const marked = isOpen.get() ? '' : markedText();
  isOpen.set(true);
  writeStored('drawer.open', true);
  if (marked !== '' && request.get() === null) request.set({ text: quoted(marked), isSent: false });
}

/** Not what is marked in a field: that is somebody's own writing. */
function markedText(): string {
  const at = document.activeElement;
  if (at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement) return '';
  return globalThis.getSelection?.()?.toString().trim() ?? '';
}

export function quoted(text: string): string {
  const kept = text.length > LONGEST_MARKED ? `${text.slice(0, LONGEST_MARKED)} …` : text;
  return `${kept
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n')}\n\n`;
}

export function closeDrawer(): void {
  isOpen.set(false);
  writeStored('drawer.open', false);
}

export function toggleDrawer(): void {
  if (isOpen.get()) closeDrawer();
  else openDrawer();
}

/** Opens the drawer with a question: put in the composer, or sent at once. */
export function askAssistant(text: string, { send = false }: { send?: boolean } = {}): void {
  request.set({ text, isSent: send });
  openDrawer();
}

/** Opens a session in the drawer. */
export function openInDrawer(sessionId: string): void {
  writeStored('drawer.session', sessionId);
  openDrawer();
}

function takeRequest(): void {
  request.set(null);
}

export function useDrawer() {
  const [sessionId, setSessionId] = useStored<string | null>('drawer.session', null);
  return {
    isOpen: useSyncExternalStore(isOpen.listen, isOpen.get),
    request: useSyncExternalStore(request.listen, request.get),
    takeRequest,
    sessionId,
    setSessionId,
  };
}
