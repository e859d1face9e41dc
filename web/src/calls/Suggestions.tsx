import { CornerDownRight, Undo2 } from 'lucide-react';
import { pieces } from '@/blocks/Shown';
import { Button } from '@/ui/Button';
import type { SuggestedCall } from './wire';
import { callInWords, suggestionLabel } from './words';

type SuggestionsProps = {
  calls: SuggestedCall[];
  /** Asks for it; nothing is done by showing it. Without this the suggestions are told and cannot be pressed. */
  onSuggest?: ((call: SuggestedCall) => void) | undefined;
};

/** Calls that would make sense now, each with its reason. An undo is offered, never done by itself. */
export function Suggestions({ calls, onSuggest }: SuggestionsProps) {
  if (calls.length === 0) return null;
  return (
    <ul className="flex min-w-0 flex-col gap-1.5">
      {calls.map((call, index) => (
        <li key={index} className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5">
          {onSuggest ? (
            <Button
              size="sm"
              icon={call.is_undo ? <Undo2 /> : <CornerDownRight />}
              title={callInWords(call)}
              className="h-auto min-h-7 max-w-full py-0.5 whitespace-normal text-left coarse:min-h-11"
              onClick={() => onSuggest(call)}
            >
              <span className="min-w-0 break-words">{pieces(suggestionLabel(call))}</span>
            </Button>
          ) : (
            <span className="font-mono text-xs break-words">{pieces(callInWords(call))}</span>
          )}
          {call.because && (
            <span className="min-w-0 text-xs break-words text-ink-3">because {pieces(call.because)}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
