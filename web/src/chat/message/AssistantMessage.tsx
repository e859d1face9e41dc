import { memo } from 'react';
import { Markdown } from '@/blocks/Markdown';
import { Spinner } from '@/ui/Spinner';
import { useChatContext } from '../chatContext';
import { type ChatMessage, isOver, type Part, textOf } from '../message';
import { statusLine } from '../words';
import { AnswerEnd } from './AnswerEnd';
import { AnswerTools } from './AnswerTools';
import { CallPart } from './CallPart';
import { isEcho } from './echo';
import { NoticeLine } from './NoticeLine';
import { Reasoning } from './Reasoning';
import { Suggestions } from './Suggestions';
import { suggestionsOf } from './suggestions';

/** Everything that came of one message: text, calls, notices, how it ended, and what can be done with it. */
export function AssistantMessage({ message, isLast }: { message: ChatMessage; isLast: boolean }) {
  const { isBusy, isReadOnly, write } = useChatContext();
  // A message that waits to be sent after this one also makes us busy; this one is told then.
  const isTold = !(isLast && isBusy && !isOver(message.metadata?.status));
  const isDone = isOver(message.metadata?.status) || (isTold && message.metadata?.status === undefined);
  const newestCall = isLast ? message.parts.findLastIndex((part) => part.type === 'data-call') : -1;
  const answer = isTold ? textOf(message) : '';
  return (
    <article aria-label="Steersman answered" aria-busy={!isTold} className="group min-w-0 pt-1 pb-2">
      <h2 className="sr-only">Steersman answered</h2>
      {message.parts.map((part, at) =>
        saysEnd(part, message) ? null : (
          <PartView
            key={keyOfPart(part, at)}
            part={part}
            answer={answer}
            isTold={isTold}
            isNewest={at === newestCall}
          />
        ),
      )}
      {!isTold && <StatusLine message={message} />}
      {isTold && <AnswerEnd message={message} isLast={isLast} />}
      {isLast && isDone && isTold && !isReadOnly && <Suggestions items={suggestionsOf(message)} onChoose={write} />}
      {isTold && <AnswerTools message={message} isLast={isLast} isDone={isDone} />}
    </article>
  );
}

/** A notice that only says how the run ended, which is said under the message. */
function saysEnd(part: Part, { metadata }: ChatMessage): boolean {
  if (part.type !== 'data-notice' || part.data.code === undefined) return false;
  return (
    part.data.code === metadata?.problem?.code ||
    (metadata?.status === 'cancelled' && part.data.code === 'run.cancelled')
  );
}

const keyOfPart = (part: Part, at: number) =>
  part.type === 'data-call' ? part.data.execution.id : `${part.type}-${at}`;

interface PartViewProps {
  part: Part;
  /** All text of the message once it is whole. */
  answer: string;
  isTold: boolean;
  isNewest: boolean;
}

function PartView({ part, answer, isTold, isNewest }: PartViewProps) {
  switch (part.type) {
    case 'text':
      return <TextPart text={part.text} isStreaming={!isTold && part.state === 'streaming'} />;
    case 'reasoning':
      return <Reasoning text={part.text} isStreaming={!isTold && part.state === 'streaming'} />;
    case 'data-call':
      return <CallPart call={part.data} isNewest={isNewest} isEcho={isEcho(part.data, answer)} />;
    case 'data-notice':
      return <NoticeLine {...part.data} />;
    default:
      // Steps and the tool parts of other clients: the call cards say the same, better.
      return null;
  }
}

const TextPart = memo(function TextPart({ text, isStreaming }: { text: string; isStreaming: boolean }) {
  if (text.trim() === '') return null;
  return (
    <div dir="auto" className="my-2 min-w-0">
      <Markdown text={text} isStreaming={isStreaming} />
    </div>
  );
});

/** What it is at, while nothing else says so. Also shown before the first word. */
export function StatusLine({ message }: { message: ChatMessage | undefined }) {
  const { isLost, isStopping } = useChatContext();
  const words = isLost ? 'Connection lost, continuing…' : isStopping ? 'Stopping…' : statusLine(message);
  if (words === null) return null;
  return (
    <p className="late my-2 flex items-center gap-2 text-sm text-ink-3">
      <Spinner className="size-3.5" />
      <bdi>{words}</bdi>
    </p>
  );
}
