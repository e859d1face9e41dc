// A session taken away whole, from all pages of its transcript.

import { api } from '@/api/client';
import type { Session } from '@/api/schema';
import { download } from '@/blocks/download';
import { type ChatMessage, keyOf } from '../message';
import type { TranscriptPage } from '../transcript/merge';
import { sessionAsMarkdown } from './markdown';

const RUNS = 100;
// A page each 100 runs: more would be a loop of a broken cursor.
const MOST_PAGES = 10_000;

export type ExportFormat = 'markdown' | 'jsonl';

/** All messages of the shown branch, oldest first. */
export async function allMessages(
  session: string,
  readPage: (before?: string) => Promise<TranscriptPage> = pageReader(session),
): Promise<ChatMessage[]> {
  const pages: ChatMessage[][] = [];
  const seen = new Set<string>();
  let before: string | undefined;
  for (let count = 0; count < MOST_PAGES; count += 1) {
    const page = await readPage(before);
    pages.unshift(page.items.filter((item) => !seen.has(keyOf(item))));
    for (const item of page.items) seen.add(keyOf(item));
    if (!page.next_cursor || page.next_cursor === before) break;
    before = page.next_cursor;
  }
  return pages.flat();
}

/** Downloads the session. Markdown reads well; JSON Lines hold the session, then each message with all of its parts. */
export async function exportSession(session: Session, format: ExportFormat): Promise<void> {
  const messages = await allMessages(session.id);
  const name = `${fileName(session.title)}.${format === 'markdown' ? 'md' : 'jsonl'}`;
  download(name, format === 'markdown' ? sessionAsMarkdown(session.title, messages) : asJsonLines(session, messages));
}

export function asJsonLines(session: Session, messages: ChatMessage[]): string {
  return `${[{ type: 'session', ...session }, ...messages.map((message) => ({ type: 'message', ...message }))].map((line) => JSON.stringify(line)).join('\n')}\n`;
}

export function fileName(title: string): string {
  const words = title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '');
  return words.slice(0, 60) || 'session';
}

function pageReader(session: string): (before?: string) => Promise<TranscriptPage> {
  return (before) =>
    api.get<TranscriptPage>(`/api/sessions/${encodeURIComponent(session)}/transcript`, {
      query: { limit: RUNS, before },
    });
}
