// The states of a run, in the order in which a run goes through them.

import type { RunStatus } from './events';

export const RUN_STATUSES: RunStatus[] = [
  'pending',
  'planning',
  'waiting_approval',
  'executing',
  'verifying',
  'completed',
  'failed',
  'cancelled',
];

export const isOver = (status: RunStatus) => status === 'completed' || status === 'failed' || status === 'cancelled';
