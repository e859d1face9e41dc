// What a conversation is made of, as the server sends it.

import type { components } from '@/api/schema';
import type { Call } from '@/calls/wire';

type RunStatus = components['schemas']['RunStatus'];
type Problem = components['schemas']['Problem'];

/** Tokens of all model calls of one run. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  cached_tokens?: number;
}

/** A provider that did not answer, and why the next one was asked. */
export interface Fallback {
  from?: string;
  to?: string;
  why?: string;
}

export interface MessageMetadata {
  run_id?: string;
  session_id?: string;
  created_at?: string;
  ended_at?: string;
  status?: RunStatus;
  provider?: string;
  model?: string;
  usage?: Usage;
  cost_usd?: number;
  problem?: Problem;
  fallback?: Fallback | string;
  /** Versions of this message, oldest first, itself included. */
  siblings?: string[];
}

export interface Notice {
  level: 'info' | 'warning' | 'error';
  text: string;
  code?: string;
}

/** What the person looks at; the server keeps it with the message. */
export interface PageContext {
  resource_type: string;
  resource_ids: string[];
  title?: string;
}

/** A piece of a message. The names are those of the AI SDK, which others' clients know. */
export type TextPart = Written & { type: 'text' };
export type ReasoningPart = Written & { type: 'reasoning'; id?: string };
type Written = {
  text: string;
  state?: 'streaming' | 'done';
  /** Set while it is being written. */
  streamId?: string;
};
export type StepPart = { type: 'step-start' };
/** A call as any client of the protocol sees it; our cards read `data-call`, where all of it is. */
export type ToolPart = {
  type: 'dynamic-tool';
  toolCallId: string;
  toolName: string;
  state:
    | 'input-available'
    | 'approval-requested'
    | 'approval-responded'
    | 'output-available'
    | 'output-error'
    | 'output-denied';
  input: unknown;
  title?: string;
  output?: unknown;
  errorText?: string;
  preliminary?: boolean;
  approval?: { id?: string; approved?: boolean; reason?: string; requestReason?: string; descriptor?: unknown };
};
export type CallPart = { type: 'data-call'; id?: string; data: Call };
export type NoticePart = { type: 'data-notice'; id?: string; data: Notice };
export type Part = TextPart | ReasoningPart | StepPart | ToolPart | CallPart | NoticePart;

export type ChatMessage = {
  id: string;
  role: 'user' | 'assistant' | 'system';
  metadata?: MessageMetadata;
  parts: Part[];
};

/** Stays the same when the server's copy of a message replaces the one that was typed. */
export function keyOf(message: ChatMessage): string {
  const run = message.metadata?.run_id ?? (message.role === 'assistant' ? message.id : undefined);
  return run ? `${message.role}:${run}` : message.id;
}

export function runOf(message: ChatMessage): string | undefined {
  return message.metadata?.run_id ?? (message.role === 'assistant' ? message.id : undefined);
}

/** All text of a message, as it was written. */
export function textOf(message: ChatMessage): string {
  return message.parts
    .filter((part) => part.type === 'text')
    .map((part) => part.text)
    .join('\n\n');
}

export const callsOf = (message: ChatMessage): Call[] =>
  message.parts.filter((part) => part.type === 'data-call').map((part) => part.data);

/** True when nothing more will come of the run. */
export function isOver(status: RunStatus | undefined): boolean {
  switch (status) {
    case 'completed':
    case 'failed':
    case 'cancelled':
      return true;
    case 'pending':
    case 'planning':
    case 'waiting_approval':
    case 'executing':
    case 'verifying':
    case undefined:
      return false;
  }
}
