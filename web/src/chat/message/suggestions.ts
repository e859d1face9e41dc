// What a call proposed to do next.

import type { SuggestedCall } from '@/calls/wire';
import { callInWords, suggestionLabel } from '@/calls/words';
import { type ChatMessage, callsOf } from '../message';

const MOST = 5;

export interface Suggestion {
  label: string;
  /** What a person would type for it. */
  words: string;
  because: string;
  isUndo: boolean;
}

/**
 * Those of the last call, because what earlier ones proposed has been followed or passed over; and the undo of every
 * change of the message, which stays possible.
 */
export function suggestionsOf(message: ChatMessage): Suggestion[] {
  const calls = callsOf(message);
  const offered = calls.flatMap(({ execution }, at) =>
    (execution.suggestions ?? []).filter((one: SuggestedCall) => one.is_undo || at === calls.length - 1),
  );
  const byWords = new Map(
    offered.map((call): [string, Suggestion] => {
      const words = callInWords(call);
      return [words, { label: suggestionLabel(call), words, because: call.because, isUndo: call.is_undo === true }];
    }),
  );
  return [...byWords.values()].slice(0, MOST);
}
