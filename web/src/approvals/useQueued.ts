import { useQueryClient } from '@tanstack/react-query';
import { queueQuery } from '@/api/queries/approvals';
import type { ApprovalView } from '@/api/schema';

/** The question as the queue already has it, so that it opens without waiting. */
export function useQueued(id: string): ApprovalView | undefined {
  return useQueryClient()
    .getQueryData(queueQuery.queryKey)
    ?.items.find((view) => view.id === id);
}
