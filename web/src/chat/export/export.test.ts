import { expect, test } from 'vitest';
import type { Session } from '@/api/schema';
import type { Call } from '@/calls/wire';
import type { ChatMessage } from '../message';
import type { TranscriptPage } from '../transcript/merge';
import { allMessages, asJsonLines, fileName } from './everything';
import { sessionAsMarkdown } from './markdown';

const said = (run: string): ChatMessage => ({
  id: `m-${run}`,
  role: 'user',
  parts: [{ type: 'text', text: `ask ${run}` }],
  metadata: { run_id: run },
});
const told = (run: string): ChatMessage => ({
  id: run,
  role: 'assistant',
  parts: [{ type: 'text', text: `answer ${run}` }],
  metadata: { run_id: run },
});

test('all pages are read, oldest first, and nothing comes twice', async () => {
  const pages: Record<string, TranscriptPage> = {
    newest: { items: [said('c'), told('c')], next_cursor: 'c' },
    c: { items: [said('b'), told('b'), said('c'), told('c')], next_cursor: 'b' },
    b: { items: [said('a'), told('a')] },
  };
  const messages = await allMessages('s', async (before = 'newest') => pages[before] as TranscriptPage);
  expect(messages.map(({ id }) => id)).toEqual(['m-a', 'a', 'm-b', 'b', 'm-c', 'c']);
});

test('a cursor that does not move ends the reading', async () => {
  let count = 0;
  await allMessages('s', async () => {
    count += 1;
    return { items: [said('a')], next_cursor: 'a' };
  });
  expect(count).toBe(2);
});

test('Markdown holds what was said, what was done and how it ended', () => {
  const execution = {
    id: 'e',
    tool: 'postgres.create_index',
    target: { name: 'shop-db' },
    status: 'completed',
    summary: 'It is valid',
    plan: { steps: [{ kind: 'sql', literal: 'CREATE INDEX x' }] },
  };
  const answer: ChatMessage = {
    ...told('a'),
    parts: [
      {
        type: 'data-call',
        data: { execution, approval: { status: 'approved', decided_by_name: 'Ben' } } as unknown as Call,
      },
      { type: 'text', text: 'Done.' },
    ],
    metadata: { run_id: 'a', status: 'cancelled' },
  };
  expect(sessionAsMarkdown('Slow orders', [said('a'), answer])).toBe(
    `# Slow orders

## You

ask a

## Steersman

- **Create index** (\`postgres.create_index\`) on shop-db: done
  It is valid
  \`\`\`
  CREATE INDEX x
  \`\`\`
  Approved by Ben.

Done.

> Stopped.
`,
  );
});

test('JSON Lines hold the session and each message whole', () => {
  const lines = asJsonLines({ id: 's', title: 't' } as Session, [said('a')])
    .trimEnd()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line).type)).toEqual(['session', 'message']);
  expect(JSON.parse(lines[1] ?? '')).toMatchObject(said('a'));
});

test.each([
  ['Why is “orders” slow?', 'why-is-orders-slow'],
  ['../../etc', 'etc'],
  ['', 'session'],
])('%j becomes the file name %s', (title, name) => {
  expect(fileName(title)).toBe(name);
});
