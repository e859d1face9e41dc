// One tool called on several targets: the calls belong together, and how they stand is told in one line.

import { type CallState, isOver, STATE_WORDS, stateOf } from './state';
import type { Call } from './wire';

/** The same tool with the same arguments, on another target. */
export const goesWith = (one: Call, other: Call) =>
  one.execution.tool === other.execution.tool &&
  one.execution.target.id !== other.execution.target.id &&
  JSON.stringify(one.execution.arguments) === JSON.stringify(other.execution.arguments);

/**
 * Neighbours that belong together, two or more, by the position of the first. `null` stands for what parts neighbours,
 * `undefined` for what is not shown.
 */
export function groupsOf(calls: readonly (Call | null | undefined)[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  let open: number[] = [];
  const close = () => {
    const [first] = open;
    if (first !== undefined && open.length > 1) groups.set(first, open);
    open = [];
  };
  calls.forEach((call, at) => {
    if (call === undefined) return;
    const before = open[0] === undefined ? null : calls[open[0]];
    if (call === null || !before || !goesWith(before, call)) close();
    if (call !== null) open.push(at);
  });
  close();
  return groups;
}

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
