// The facts of a run as they come over the wire. Only what this page reads is described.

import type { components } from '@/api/schema';

type Schemas = components['schemas'];

export type Problem = Schemas['Problem'];
export type TargetRef = Schemas['TargetRef'];
export type Verdict = Schemas['Verdict'];
export type Plan = Schemas['Plan'];
export type Block = Schemas['Block'];
export type RunStatus = Schemas['RunStatus'];

export interface ModelAnswer {
  provider: string;
  model: string;
  text: string;
  tool_calls: { id: string; name: string; arguments: unknown }[];
  finish: string;
  usage: { prompt_tokens: number | null; completion_tokens: number | null; cached_tokens: number | null };
}

export type Verification =
  | { result: 'holds'; sentence: string; evidence: Block[] }
  | { result: 'does_not_hold'; sentence: string; evidence: Block[]; left_behind: boolean }
  | { result: 'cannot_tell'; sentence: string };

export type Outcome = 'completed' | 'failed' | 'denied' | 'rejected' | 'expired' | 'cancelled' | 'unknown';

interface OfCall {
  execution_id: string;
}

export type RunEvent =
  | { type: 'started'; actor: { user_id: string; name: string; face: string }; text: string }
  | { type: 'model_asked'; turn: number; provider: string; offered: string[] }
  | { type: 'model_answered'; turn: number; message_id: string; answer: ModelAnswer }
  | { type: 'model_failed'; turn: number; problem: Problem }
  | { type: 'turn_began'; turn: number; with_tools: boolean }
  | ({ type: 'call_refused'; call: { id: string; name: string; arguments: unknown }; problem: Problem } & OfCall)
  | ({
      type: 'proposed';
      tool: string;
      tool_kind: 'query' | 'change';
      target: TargetRef;
      arguments: Record<string, unknown>;
    } & OfCall)
  | ({ type: 'planned'; plan: Plan; digest: string } & OfCall)
  | ({ type: 'plan_failed'; problem: Problem } & OfCall)
  | ({ type: 'judged'; verdict: Verdict } & OfCall)
  | ({ type: 'approval_requested'; approval_id: string; expires_at: string } & OfCall)
  | ({ type: 'decided'; approval_id: string; approved: boolean; by: string; by_name: string; reason?: string } & OfCall)
  | ({ type: 'approval_expired' | 'approval_cancelled'; approval_id: string } & OfCall)
  | ({
      type: 'granted';
      by: { by: 'person'; user_id: string; name: string } | { by: 'rule'; rule_id: string };
    } & OfCall)
  | ({ type: 'query_started' } & OfCall)
  | ({ type: 'query_answered'; summary: string; blocks: Block[]; elapsed_ms: number } & OfCall)
  | ({ type: 'query_failed'; problem: Problem } & OfCall)
  | ({ type: 'intent_recorded'; grant_use: 'perform' | 'clean_up' } & OfCall)
  | ({ type: 'recheck_failed'; problem: Problem } & OfCall)
  | ({ type: 'secret_left'; label: string; until: string } & OfCall)
  | ({ type: 'performed'; receipt: { sentence: string; elapsed_ms: number } } & OfCall)
  | ({ type: 'perform_failed'; problem: Problem } & OfCall)
  | ({ type: 'interrupted' } & OfCall)
  | ({ type: 'verified'; verification: Verification } & OfCall)
  | ({ type: 'cleaned_up'; sentence: string } & OfCall)
  | ({ type: 'clean_up_failed'; problem: Problem } & OfCall)
  | ({ type: 'call_ended'; outcome: Outcome; summary: string; problem?: Problem } & OfCall)
  | { type: 'cancel_requested'; by: string; by_name: string }
  | { type: 'attempt_refused'; by: string; by_name: string; execution_id?: string; problem: Problem }
  | { type: 'run_ended'; status: RunStatus; problem?: Problem };

export interface RunRecord {
  run_id: string;
  session_id: string | null;
  /** Counts from 1 within the run. */
  seq: number;
  position: number;
  at: string;
  event: RunEvent;
}

/** Records with new ones put in their places; one that is there already changes nothing. */
export function withRecords(records: RunRecord[], added: RunRecord[]): RunRecord[] {
  const last = records.at(-1)?.seq ?? 0;
  const news = added.filter((one) => one.seq > last);
  if (news.length === added.length && inOrder(news)) return news.length === 0 ? records : [...records, ...news];
  const known = new Map(records.map((one) => [one.seq, one]));
  for (const one of added) known.set(one.seq, one);
  return [...known.values()].sort((one, other) => one.seq - other.seq);
}

const inOrder = (records: RunRecord[]) => records.every((one, at) => at === 0 || one.seq > (records[at - 1]?.seq ?? 0));
