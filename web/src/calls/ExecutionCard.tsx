import { useQuery } from '@tanstack/react-query';
import { approvalQuery } from '@/api/queries/approvals';
import type { ExecutionView } from '@/api/schema';
import { CallCard, type CallCardProps } from './CallCard';
import type { Call } from './wire';

type ExecutionCardProps = Omit<CallCardProps, 'call'> & { execution: ExecutionView };

/** The card of a call where only the execution is at hand: the question about it is fetched when there is one. */
export function ExecutionCard({ execution, ...rest }: ExecutionCardProps) {
  const id = execution.approval_id ?? null;
  const approval = useQuery({ ...approvalQuery(id ?? ''), enabled: id !== null }).data;
  const call: Call = approval ? { execution, approval } : { execution };
  return <CallCard call={call} {...rest} />;
}
