import { memo, useMemo, useRef } from 'react';
import { Guard } from '@/blocks/Guard';
import { CallCard } from '@/calls/CallCard';
import type { Call, SuggestedCall } from '@/calls/wire';
import { callInWords, toolTitle } from '@/calls/words';
import { useChatContext } from '../chatContext';

interface CallPartProps {
  call: Call;
  /** The newest call of the newest answer: open, and what it suggests is shown under the answer. */
  isNewest: boolean;
  /** The answer says the call's sentence, so the card need not. */
  isEcho: boolean;
}

/** One call among the parts of an answer. Its result stays open once it was the newest thing to see. */
export const CallPart = memo(function CallPart({ call, isNewest, isEcho }: CallPartProps) {
  const { write, conversation } = useChatContext();
  const wasNewest = useRef(isNewest);
  wasNewest.current ||= isNewest;
  const hasResult = (call.execution.blocks ?? []).length > 0;
  const shown = useMemo(() => {
    if (!isNewest && !isEcho) return call;
    const { suggestions, summary } = call.execution;
    return {
      ...call,
      execution: { ...call.execution, suggestions: isNewest ? [] : suggestions, summary: isEcho ? '' : summary },
    } as Call;
  }, [call, isNewest, isEcho]);
  return (
    <div className="my-2 min-w-0">
      <Guard fallback={<Unreadable call={call} />}>
        <CallCard
          call={shown}
          isLatest={wasNewest.current && hasResult}
          density="chat"
          onSuggest={(suggested: SuggestedCall) => write(callInWords(suggested))}
          onDecided={() => conversation.lookForNews()}
        />
      </Guard>
    </div>
  );
});

function Unreadable({ call: { execution } }: { call: Call }) {
  return (
    <p className="rounded-lg border px-3 py-2 text-sm text-ink-2">
      {toolTitle(execution.tool)} on {execution.target.name}: this page cannot show it. {execution.summary}
    </p>
  );
}
