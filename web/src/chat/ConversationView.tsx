import { MessageSquareOff } from 'lucide-react';
import {
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useActions } from '@/actions/registry';
import { preloadMarkdown } from '@/blocks/Markdown';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { SkeletonRows } from '@/ui/Skeleton';
import { EmptyState, ErrorState } from '@/ui/states';
import { ChatContextProvider } from './chatContext';
import { Composer, type ComposerHandle } from './composer/Composer';
import { Refusals } from './composer/Refusals';
import { type ChatMessage, isOver, type PageContext, runOf } from './message';
import { AssistantMessage, StatusLine } from './message/AssistantMessage';
import { OutgoingMessage } from './message/OutgoingMessage';
import { UserMessage } from './message/UserMessage';
import { Narrator } from './Narrator';
import { Provider } from './Provider';
import { type ListHandle, MessageList } from './transcript/MessageList';
import { type Row, rowsOf } from './transcript/rows';
import { useConversation } from './useConversation';

export interface ConversationHandle {
  write: (text: string) => void;
  send: (text: string) => void;
}

interface ConversationViewProps {
  session: string;
  /** Sent with each message. */
  context?: PageContext | undefined;
  /** In the composer's lower row. */
  detail?: ReactNode;
  isArchived?: boolean;
  onReopen?: () => void;
  isCompact?: boolean;
  /** What is shown when nothing was said yet; choosing a text writes it into the composer. */
  empty?: ((write: (text: string) => void) => ReactNode) | undefined;
  onGone?: (() => ReactNode) | undefined;
  onTurn?: (isWaiting: boolean) => void;
  handle?: Ref<ConversationHandle>;
}

/** One session: its transcript and the field to go on. The same on its page and in the drawer. */
export function ConversationView(props: ConversationViewProps) {
  const { session, context, detail, isArchived = false, isCompact = false, onTurn } = props;
  const { conversation, state, messages } = useConversation(session);
  const [editing, setEditing] = useState<string | null>(null);
  const list = useRef<ListHandle>(null);
  const composer = useRef<ComposerHandle>(null);

  useEffect(preloadMarkdown, []);
  const write = useCallback((text: string) => composer.current?.write(text), []);
  const chat = useMemo(
    () => ({
      conversation,
      isBusy: state.isBusy,
      isLost: state.link === 'lost',
      isStopping: state.isStopping,
      isReadOnly: isArchived,
      isCompact,
      editing,
      setEditing,
      write,
    }),
    [conversation, state.isBusy, state.link, state.isStopping, isArchived, isCompact, editing, write],
  );

  const rows = rowsOf(messages, state.outbox);
  const last = messages.at(-1);
  const isParked = !state.isBusy && last?.metadata?.status === 'waiting_approval';
  const canStop = state.isBusy || isParked;
  const stop = () => void conversation.stop();

  useActions([
    {
      id: 'session.stop',
      name: 'Stop the answer',
      label: 'Stop',
      group: 'Sessions',
      when: () => canStop,
      perform: stop,
    },
  ]);

  const send = (text: string): boolean => {
    const isTaken = conversation.send(text, context);
    if (isTaken) list.current?.toEnd();
    return isTaken;
  };
  useImperativeHandle(props.handle, () => ({ write, send }));

  const editLast = () => {
    const said = messages.findLast((message) => message.role === 'user' && runOf(message) !== undefined);
    const run = said && runOf(said);
    if (!said || !run || state.isBusy) return;
    setEditing(run);
    list.current?.toRow(`user:${run}`);
  };

  useEffect(() => {
    if (state.phase === 'open' && !state.isBusy) onTurn?.(isParked);
  }, [state.phase, state.isBusy, isParked, onTurn]);

  if (state.phase === 'gone') return props.onGone?.() ?? <Gone problem={state.trouble} />;
  const isEmpty = rows.length === 0;
  return (
    <ChatContextProvider value={chat}>
      <section aria-label="Session" className="flex min-h-0 min-w-0 flex-1 flex-col">
        <Narrator isBusy={state.isBusy} isLost={state.link === 'lost'} isParked={isParked} />
        {state.phase === 'opening' && isEmpty ? (
          <div className="min-h-0 flex-1 overflow-y-auto">
            {state.trouble ? (
              <ErrorState problem={state.trouble} onRetry={() => conversation.retry()} />
            ) : (
              <SkeletonRows label="Loading the session" />
            )}
          </div>
        ) : isEmpty ? (
          <div className="min-h-0 flex-1 overflow-y-auto">{props.empty?.(write)}</div>
        ) : (
          <MessageList
            handle={list}
            rows={rows}
            draw={drawRow}
            hasOlder={state.olderCursor !== null}
            older={state.older}
            onOlder={() => void conversation.loadOlder()}
            isCompact={isCompact}
          />
        )}
        <div
          className={cx(
            'mx-auto w-full shrink-0',
            isCompact ? 'px-3 pb-3' : 'max-w-[784px] px-4 pb-4 max-sm:px-3 max-sm:pb-3',
          )}
        >
          <Refusals
            state={state}
            onRetry={(outgoing) => {
              conversation.forgive();
              if (outgoing.replaces) conversation.replace(outgoing.replaces, outgoing.text);
              else send(outgoing.text);
            }}
            onEdit={(outgoing) => {
              conversation.forgive();
              write(outgoing.text);
            }}
            onClose={() => conversation.forgive()}
          />
          {isArchived ? (
            <Archived onReopen={props.onReopen} />
          ) : (
            <Composer
              handle={composer}
              draft={session}
              onSend={send}
              onStop={canStop ? stop : undefined}
              isStopping={state.isStopping}
              isEscStopping={state.isBusy}
              onEditLast={editLast}
              isBusy={state.isBusy}
              placeholder={isCompact ? 'Ask, or say what to do' : undefined}
              detail={detail ?? <Provider />}
              autoFocus={!isCompact && window.matchMedia('(pointer: fine)').matches}
            />
          )}
        </div>
      </section>
    </ChatContextProvider>
  );
}

/** Outside of the component: rows are drawn again only when what they show has changed. */
function drawRow(row: Row): ReactNode {
  if (row.kind === 'outgoing') return <OutgoingMessage outgoing={row.outgoing} />;
  const { message, isLast } = row;
  if (message.role === 'assistant') return <AssistantMessage message={message} isLast={isLast} />;
  return (
    <>
      <UserMessage message={message} />
      {isLast && <Awaiting message={message} />}
    </>
  );
}

function Awaiting({ message }: { message: ChatMessage }) {
  return isOver(message.metadata?.status) ? null : <StatusLine message={undefined} />;
}

function Archived({ onReopen }: { onReopen: (() => void) | undefined }) {
  return (
    <div className="flex min-h-11 items-center gap-3 rounded-xl border bg-sunken px-3.5 py-2 text-sm text-ink-2">
      <MessageSquareOff aria-hidden="true" className="size-4 shrink-0 text-ink-3" />
      <p className="min-w-0 flex-1">This session is archived. It can be read; to go on, reopen it.</p>
      {onReopen && (
        <Button size="sm" onClick={onReopen}>
          Reopen
        </Button>
      )}
    </div>
  );
}

function Gone({ problem }: { problem: unknown }) {
  if (problem) return <ErrorState problem={problem} />;
  return <EmptyState icon={<MessageSquareOff />} title="This session is not there any more." />;
}
