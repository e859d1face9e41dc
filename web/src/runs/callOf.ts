// A call as its card wants it, put together from the run's view and its events.

import type { ExecutionView } from '@/api/schema';
import type { Call, CallApproval } from '@/calls/wire';
import type { RunRecord } from './events';

/** Who asked for the run. */
export interface Asker {
  id: string;
  name: string;
}

export function callOf(execution: ExecutionView, records: RunRecord[], asker: Asker): Call {
  const call: Call = { execution };
  for (const { event, at } of records) {
    if (event.type === 'approval_requested') call.approval = asked(execution, event, asker);
    else if (call.approval && event.type === 'decided') {
      call.approval = {
        ...call.approval,
        status: event.approved ? 'approved' : 'rejected',
        decided_by_name: event.by_name,
        decided_at: at,
        ...(event.reason ? { reason: event.reason } : {}),
      };
    } else if (call.approval && event.type === 'approval_expired')
      call.approval = { ...call.approval, status: 'expired', decided_at: at };
    else if (call.approval && event.type === 'approval_cancelled')
      call.approval = { ...call.approval, status: 'cancelled', decided_at: at };
    else if (event.type === 'granted') call.granted_by = event.by;
    else if (event.type === 'verified') call.verification = event.verification;
  }
  return call;
}

const asked = (
  execution: ExecutionView,
  event: { approval_id: string; expires_at: string },
  asker: Asker,
): CallApproval => ({
  id: event.approval_id,
  status: 'pending',
  risk: execution.verdict?.risk ?? 'high',
  expires_at: event.expires_at,
  requested_by: asker.id,
  requested_by_name: asker.name,
});
