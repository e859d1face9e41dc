import { CircleStop, RotateCcw } from 'lucide-react';
import { ProblemView } from '@/blocks/ProblemBlock';
import { Button } from '@/ui/Button';
import { useChatContext } from '../chatContext';
import { type ChatMessage, callsOf, isOver, runOf } from '../message';
import { useAgain } from './useAgain';

/** How a run ended when it did not simply answer, and the next step. */
export function AnswerEnd({ message, isLast }: { message: ChatMessage; isLast: boolean }) {
  const { status, problem } = message.metadata ?? {};
  const again = useAgain(message);
  const retry = isLast && again && (
    <Button size="sm" icon={<RotateCcw />} onClick={again}>
      Try again
    </Button>
  );
  if (status === 'cancelled') {
    return (
      <p className="my-2 flex flex-wrap items-center gap-2 text-sm text-ink-2">
        <CircleStop aria-hidden="true" className="size-4 text-ink-3" />
        <span className="mr-1">Stopped. What had been done by then is shown above.</span>
        {retry}
      </p>
    );
  }
  if (status === 'failed') {
    const isToldAbove =
      problem !== undefined && callsOf(message).some(({ execution }) => execution.problem?.code === problem.code);
    return (
      <div className="my-2 flex flex-col items-start gap-2">
        {problem && !isToldAbove && <ProblemView problem={problem} className="self-stretch" />}
        {!problem && <p className="text-sm text-danger-text">This did not work out.</p>}
        {retry}
      </div>
    );
  }
  if (!isOver(status) && status !== undefined && status !== 'waiting_approval' && !isLast) {
    return <StillGoingOn run={runOf(message)} />;
  }
  return null;
}

/** A run that goes on although something newer was said. */
function StillGoingOn({ run }: { run: string | undefined }) {
  const { conversation } = useChatContext();
  return (
    <p className="my-2 flex items-center gap-2 text-sm text-ink-3">
      This still runs.
      {run && (
        <Button size="xs" variant="ghost" onClick={() => void conversation.stop(run)}>
          Stop it
        </Button>
      )}
    </p>
  );
}
