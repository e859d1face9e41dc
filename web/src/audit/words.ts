// How results read and look, and actions in words.

import { Check, CircleHelp, CircleSlash, Clock, type LucideIcon, X } from 'lucide-react';
import type { AuditEntry } from '@/api/schema';
import type { Tone } from '@/ui/tones';

export type AuditResult = AuditEntry['result'];

export const RESULT_LOOKS: Record<AuditResult, { icon: LucideIcon; word: string; tone: Tone; means: string }> = {
  success: { icon: Check, word: 'success', tone: 'success', means: 'it was done' },
  failure: { icon: X, word: 'failure', tone: 'danger', means: 'it went wrong' },
  rejected: { icon: CircleSlash, word: 'rejected', tone: 'warning', means: 'it was not allowed, or somebody said no' },
  unknown: { icon: CircleHelp, word: 'unknown', tone: 'warning', means: 'it is not known how it ended' },
  intended: { icon: Clock, word: 'intended', tone: 'neutral', means: 'written before it was begun' },
};

/** Bottom to top in a bar. */
export const RESULT_ORDER: AuditResult[] = ['success', 'intended', 'rejected', 'unknown', 'failure'];

/** `tool.executed` → `Tool executed`. */
export function actionTitle(action: string): string {
  const words = action.replaceAll(/[._]/g, ' ').replace(/^ai\b/, 'AI');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
