import type { QueryKey } from '@tanstack/react-query';
import type { LiveMessage } from './topics';

/** The queries that a broadcast makes stale. Only those shown now are asked again at once. */
export function staleKeys(message: LiveMessage): QueryKey[] {
  const { type } = message;
  if (type === 'approval:request' || type === 'approval:response') {
    return [['approvals'], ['sessions', 'list'], ['overview']];
  }
  if (type === 'run:event') {
    // A run writes many events; lists change only with its status.
    const one: QueryKey[] = [['runs', 'one', message.run_id]];
    return message.status === undefined ? one : [...one, ['runs', 'list'], ['sessions', 'list'], ['overview']];
  }
  if (type === 'plugin:health') return [['targets'], ['servers'], ['overview']];
  if (type === 'plugin:status') return [['targets'], ['servers'], ['tools'], ['overview']];
  if (type === 'plugin:tool_executed') return [['overview']];
  if (type === 'audit:appended') return [['audit']];
  return [];
}
