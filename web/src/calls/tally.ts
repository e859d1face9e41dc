// How the calls of one tool on several targets stand, in one line.

import { type CallState, isOver, STATE_WORDS, stateOf } from './state';
import type { Call } from './wire';

const ORDER: CallState[] = ['done', 'failed', 'unknown', 'denied', 'rejected', 'expired', 'cancelled', 'waiting'];

/** "4 targets: 3 done, 1 failed". */
export function tally(calls: readonly Call[]): string {
  const states = calls.map(stateOf);
  const parts = ORDER.map(
    (state) => [STATE_WORDS[state].word.toLowerCase(), states.filter((one) => one === state).length] as const,
  );
  const running = states.filter((state) => !isOver(state) && state !== 'waiting').length;
  const told = [...parts, ['running', running] as const].filter(([, count]) => count > 0);
  return `${calls.length} targets: ${told.map(([word, count]) => `${count} ${word}`).join(', ')}`;
}

/** The line for calls that are all of one tool, each on another target; null for any others. */
export function tallyOfOneTool(calls: readonly Call[]): string | null {
  const of = (part: (call: Call) => string) => new Set(calls.map(part)).size;
  const isOne =
    of(({ execution }) => execution.tool) === 1 && of(({ execution }) => execution.target.id) === calls.length;
  return isOne && calls.length > 1 ? tally(calls) : null;
}
