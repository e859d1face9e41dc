import type {
  ApprovalView,
  Block,
  ExecutionView,
  Fact,
  Plan,
  Risk,
  Step,
  SuggestedCall,
  TargetRef,
  Undo,
  Verdict,
} from '@/api/schema';

export type { Fact, Plan, Risk, Step, SuggestedCall, TargetRef, Undo, Verdict };
export type Execution = ExecutionView;
export type Approval = ApprovalView;
export type Verification =
  | { result: 'holds'; sentence: string; evidence: Block[] }
  | { result: 'does_not_hold'; sentence: string; evidence: Block[]; left_behind: boolean }
  | { result: 'cannot_tell'; sentence: string };
export type GrantedBy = { by: 'person'; user_id: string; name: string } | { by: 'rule'; rule_id: string };

/** The approval inside a call: what changes about it; plan, verdict and digest are the execution's. */
export interface CallApproval {
  id: string;
  status: Approval['status'];
  risk: Risk;
  expires_at: string;
  requested_by: string;
  requested_by_name: string;
  decided_by_name?: string | null;
  decided_at?: string | null;
  reason?: string | null;
}

/** The body of a `data-call` part: one tool call with all that is known about it. */
export interface Call {
  execution: Execution;
  approval?: CallApproval | null;
  granted_by?: GrantedBy | null;
  progress?: string[] | null;
  /** It was carried out, or may have been, and the world is being read back. */
  is_verifying?: boolean;
  verification?: Verification | null;
}
