// One tool called on several targets: the calls belong together.

import type { Call } from './wire';

/** The same tool with the same arguments, on another target. */
const goesWith = (one: Call, other: Call) =>
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
