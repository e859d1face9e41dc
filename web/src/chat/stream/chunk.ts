// The pieces of the AI SDK's UI message stream that Steersman sends (chunk set of `ai` 7.0.173; the server's encoder has
// the whole list). The page reads them itself: the reference client costs 50 KiB of a page that may have 60, most of it
// a schema library. `fold.test.ts` holds the two against each other.

import type { Call } from '@/calls/wire';
import type { MessageMetadata, Notice } from '../message';

export type FinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'interrupted' | 'other';

type Tool = { toolCallId: string };

export type Chunk =
  | { type: 'start'; messageId?: string; messageMetadata?: MessageMetadata }
  | { type: 'finish'; finishReason?: FinishReason; messageMetadata?: MessageMetadata }
  | { type: 'message-metadata'; messageMetadata: MessageMetadata }
  | { type: 'start-step' | 'finish-step' | 'reset-step' }
  | { type: 'error'; errorText: string }
  | { type: 'abort'; reason?: string }
  | { type: 'text-start' | 'text-end' | 'reasoning-start' | 'reasoning-end'; id: string }
  | { type: 'text-delta' | 'reasoning-delta'; id: string; delta: string }
  | ({ type: 'tool-input-available'; toolName: string; input: unknown; title?: string } & Tool)
  | ({ type: 'tool-input-error'; toolName: string; input: unknown; errorText: string } & Tool)
  | ({ type: 'tool-approval-request'; approvalId: string; reason?: string; approvalDescriptor?: unknown } & Tool)
  | { type: 'tool-approval-response'; approvalId: string; approved: boolean; reason?: string }
  | ({ type: 'tool-output-available'; output: unknown; preliminary?: boolean } & Tool)
  | ({ type: 'tool-output-error'; errorText: string } & Tool)
  | ({ type: 'tool-output-denied' } & Tool)
  | { type: 'data-call'; id: string; data: Call; transient?: boolean }
  | { type: 'data-notice'; id?: string; data: Notice; transient?: boolean };
