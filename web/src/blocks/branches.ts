// A tree as the rows that are in view, and what its costs say.

import type { TreeNode } from './kinds';

export interface Branch {
  /** Places from the root: `0/2/1`. */
  path: string;
  node: TreeNode;
  level: number;
  /** Place among its siblings, from 1, and how many they are. */
  place: number;
  siblings: number;
  isOpen: boolean;
}

/** The rows in view, from top to bottom. `closed` holds the paths that are folded. */
export function visible(roots: TreeNode[], closed: ReadonlySet<string>): Branch[] {
  const rows: Branch[] = [];
  // A stack instead of recursion: a chain as deep as a target likes must not end the page.
  const pending: Branch[] = [];
  const enter = (nodes: TreeNode[], prefix: string, level: number) => {
    for (let at = nodes.length - 1; at >= 0; at -= 1) {
      const path = prefix ? `${prefix}/${at}` : String(at);
      pending.push({
        path,
        node: nodes[at] as TreeNode,
        level,
        place: at + 1,
        siblings: nodes.length,
        isOpen: !closed.has(path),
      });
    }
  };
  enter(roots, '', 1);
  for (let row = pending.pop(); row; row = pending.pop()) {
    rows.push(row);
    if (row.isOpen && row.node.children?.length) enter(row.node.children, row.path, row.level + 1);
  }
  return rows;
}

const costOf = (node: TreeNode): number | null => {
  const value = node.facts?.find(([name]) => name === 'cost')?.[1];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};

/** How much of the whole cost a node causes itself, without its children; from 0 to 1, null where costs are unknown. */
export function ownShare(node: TreeNode, whole: number | null): number | null {
  const cost = costOf(node);
  if (cost === null || !whole) return null;
  const below = (node.children ?? []).reduce((sum, child) => sum + (costOf(child) ?? 0), 0);
  return Math.min(1, Math.max(0, (cost - below) / whole));
}

export const wholeCost = (roots: TreeNode[]): number | null => {
  const costs = roots.map(costOf).filter((cost) => cost !== null);
  return costs.length > 0 ? costs.reduce((sum, cost) => sum + cost, 0) : null;
};

/** Facts that read as a few words stand in one line; the others get lines of their own. */
export const isShortFact = (value: unknown) => String(value).length <= 40;
