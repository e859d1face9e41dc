import { lazy, memo, Suspense, useMemo } from 'react';
import { Guard } from '@/blocks/Guard';
import { Markdown } from '@/blocks/Markdown';
import { groupsOf } from '@/calls/group';
import type { Call } from '@/calls/wire';
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

/** Few answers go over several targets. */
const CallGroup = lazy(() => import('@/calls/CallGroup'));

/** Everything that came of one message: text, calls, notices, how it ended, and what can be done with it. */
export function AssistantMessage({ message, isLast }: { message: ChatMessage; isLast: boolean }) {
  const { isBusy, isReadOnly, write } = useChatContext();
  // A message that waits to be sent after this one also makes us busy; this one is told then.
  const isTold = !(isLast && isBusy && !isOver(message.metadata?.status));
  const isDone = isOver(message.metadata?.status) || (isTold && message.metadata?.status === undefined);
  const newestCall = isLast ? message.parts.findLastIndex((part) => part.type === 'data-call') : -1;
  const answer = isTold ? textOf(message) : '';
  const groups = useMemo(() => groupsOf(message.parts.map((part) => neighbour(part, message))), [message]);
  const grouped = new Set([...groups.values()].flat());
  const view = (at: number) => {
    const part = message.parts[at];
    if (!part || saysEnd(part, message)) return null;
    return (
      <PartView key={keyOfPart(part, at)} part={part} answer={answer} isTold={isTold} isNewest={at === newestCall} />
    );
  };
  return (
    <article aria-label="Steersman answered" aria-busy={!isTold} className="group min-w-0 pt-1 pb-2">
      <h2 className="sr-only">Steersman answered</h2>
      {message.parts.map((part, at) => {
        const group = groups.get(at);
        if (group) {
          const calls = group.map((one) => callOf(message.parts[one])) as [Call, ...Call[]];
          return (
            <Guard key={`group-${keyOfPart(part, at)}`} fallback={group.map(view)}>
              <Suspense fallback={group.map(view)}>
                <CallGroup calls={calls}>{group.map(view)}</CallGroup>
              </Suspense>
            </Guard>
          );
        }
        return grouped.has(at) ? null : view(at);
      })}
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

const callOf = (part: Part | undefined) => (part?.type === 'data-call' ? part.data : null);

/** A call, `null` for what stands between calls, `undefined` for what is not shown. */
function neighbour(part: Part, message: ChatMessage): Call | null | undefined {
  switch (part.type) {
    case 'data-call':
      return part.data;
    case 'text':
    case 'reasoning':
      return part.text.trim() === '' ? undefined : null;
    case 'data-notice':
      return saysEnd(part, message) ? undefined : null;
    default:
      return undefined;
  }
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
