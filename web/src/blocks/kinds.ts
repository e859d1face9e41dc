import type { Block, Column, LogLine, Origin, Problem, TreeNode } from '@/api/schema';

export type { Block, Column, LogLine, Origin, Problem, TreeNode };
export type BlockOf<K extends Block['kind']> = Extract<Block, { kind: K }>;
/** A JSON scalar or an array of them. */
export type Cell = unknown;
