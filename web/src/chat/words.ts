// The line that says what the assistant is at, while there is nothing else to see of it.

import { stateOf } from '@/calls/state';
import type { Call } from '@/calls/wire';
import { shortName } from '@/calls/words';
import { type ChatMessage, callsOf } from './message';

/** Tools named by what they give begin with a verb already; these are said in the form of something going on. */
const GOING_ON: Record<string, string> = {
  list: 'listing',
  show: 'reading',
  read: 'reading',
  get: 'reading',
  find: 'looking for',
  search: 'searching',
  explain: 'explaining',
  describe: 'reading',
  inspect: 'inspecting',
  check: 'checking',
  count: 'counting',
  run: 'running',
  tail: 'reading',
  compare: 'comparing',
  create: 'creating',
  drop: 'dropping',
  delete: 'deleting',
  remove: 'removing',
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  terminate: 'terminating',
  cancel: 'cancelling',
  set: 'setting',
  update: 'updating',
  analyze: 'analyzing',
  vacuum: 'vacuuming',
  rebuild: 'rebuilding',
};

/** `postgres.slow_queries` → `reading slow queries`; `postgres.create_index` → `running create index`. */
export function goingOn({ execution }: Call): string {
  const [first = '', ...rest] = shortName(execution.tool).split('_');
  const verb = GOING_ON[first];
  const words =
    verb && rest.length > 0
      ? `${verb} ${rest.join(' ')}`
      : `${execution.tool_kind === 'query' ? 'reading' : 'running'} ${[first, ...rest].join(' ')}`;
  return `${words} on ${execution.target.name}`;
}

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}…`;

/** Null while text is being written, or when a card already asks the person something. */
export function statusLine(message: ChatMessage | undefined): string | null {
  if (!message || message.role === 'user') return 'Thinking…';
  const last = message.parts.findLast((part) => part.type !== 'step-start');
  if (last?.type === 'text' && last.state === 'streaming' && last.text.trim() !== '') return null;
  const calls = callsOf(message);
  const busy = calls.findLast((call) =>
    ['proposed', 'planned', 'judged', 'approved', 'running', 'verifying'].includes(stateOf(call)),
  );
  if (busy) {
    const name = shortName(busy.execution.tool).replaceAll('_', ' ');
    switch (stateOf(busy)) {
      case 'running':
      case 'approved':
        return sentence(goingOn(busy));
      case 'verifying':
        return sentence(`checking that ${name} worked on ${busy.execution.target.name}`);
      case 'proposed':
      case 'planned':
      case 'judged':
        return busy.execution.tool_kind === 'query'
          ? sentence(goingOn(busy))
          : sentence(`planning ${name} on ${busy.execution.target.name}`);
      case 'waiting':
      case 'done':
      case 'denied':
      case 'rejected':
      case 'expired':
      case 'cancelled':
      case 'failed':
      case 'unknown':
        break;
    }
  }
  if (calls.some((call) => stateOf(call) === 'waiting')) return null;
  if (last?.type === 'reasoning' && last.state === 'streaming') return null;
  return 'Thinking…';
}
