import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { MessageSquareOff } from 'lucide-react';
import { useCallback, useEffect } from 'react';
import { useActions } from '@/actions/registry';
import { isProblem } from '@/api/problem';
import { type ListedSession, sessionQuery } from '@/api/queries/sessions';
import { Shown } from '@/blocks/Shown';
import { usePageContext } from '@/shell/pageContext';
import { Badge } from '@/ui/Badge';
import { Button } from '@/ui/Button';
import { Page, PageHeader } from '@/ui/PageHeader';
import { EmptyState } from '@/ui/states';
import { ContextChip } from './ContextChip';
import { ConversationView } from './ConversationView';
import type { PageContext } from './message';
import { markRead } from './sessions/changes';
import { SessionMenu } from './sessions/SessionMenu';
import { SessionsSheet } from './sessions/SessionsSheet';
import { TitleField } from './sessions/TitleField';
import { type SessionChanges, useSessionChanges } from './sessions/useSessionChanges';

/** One session. */
export function SessionPage({ id }: { id: string }) {
  const navigate = useNavigate();
  const { data: session, error } = useQuery(sessionQuery(id));
  const changes = useSessionChanges(() => void navigate({ to: '/sessions' }));
  const seen = useSeen(id, session);
  usePageContext({ resource_type: 'session', resource_ids: [id], title: session?.title ?? 'Session' });
  useSessionActions(session, changes);

  const isGone = isProblem(error) && error.status === 404;
  const newSession = () => void navigate({ to: '/sessions' });
  const page = session?.anchor.page as PageContext | null | undefined;
  return (
    <Page>
      <PageHeader
        before={<SessionsSheet open={id} />}
        title={<Title session={session} changes={changes} />}
        detail={
          <>
            {session?.status === 'archived' && <Badge>archived</Badge>}
            {page && <ContextChip context={page} />}
          </>
        }
        actions={session && <SessionMenu session={session} changes={changes} />}
      />
      {isGone ? (
        <Gone onNew={newSession} />
      ) : (
        <ConversationView
          session={id}
          isArchived={session?.status === 'archived'}
          onReopen={() => session && changes.reopen(session)}
          onGone={() => <Gone onNew={newSession} />}
          onTurn={seen}
          empty={() => <EmptyState title="Nothing was said here yet." />}
        />
      )}
      {changes.dialog}
    </Page>
  );
}

function Title({ session, changes }: { session: ListedSession | undefined; changes: SessionChanges }) {
  if (!session) return <span className="text-ink-3">Session</span>;
  if (changes.renaming === session.id) {
    return (
      <TitleField
        title={session.title}
        onDone={(title) => (title === null ? changes.setRenaming(null) : changes.rename(session, title))}
        className="w-80 max-w-full"
      />
    );
  }
  return (
    <button
      type="button"
      title="Rename"
      onClick={() => changes.setRenaming(session.id)}
      className="block max-w-full truncate rounded text-left hover:bg-hover"
    >
      <Shown text={session.title || 'Untitled'} />
    </button>
  );
}

function Gone({ onNew }: { onNew: () => void }) {
  return (
    <EmptyState
      icon={<MessageSquareOff />}
      title="This session is not there any more."
      action={<Button onClick={onNew}>Start a new session</Button>}
    >
      It was deleted, or it belongs to somebody else.
    </EmptyState>
  );
}

/** What is on the screen was read, as soon as the tab is looked at. */
function useSeen(id: string, session: ListedSession | undefined): () => void {
  const isUnread = session?.is_unread === true;
  const seen = useCallback(() => {
    if (document.visibilityState === 'visible') void markRead(id).catch(() => undefined);
  }, [id]);
  useEffect(() => {
    if (!isUnread) return;
    seen();
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  }, [isUnread, seen]);
  return seen;
}

function useSessionActions(session: ListedSession | undefined, changes: SessionChanges): void {
  const isHere = session !== undefined;
  const isArchived = session?.status === 'archived';
  const perform = (act: (session: ListedSession) => void) => () => session && act(session);
  useActions([
    {
      id: 'session.rename',
      name: 'Rename this session',
      group: 'Sessions',
      when: () => isHere,
      perform: perform(({ id }) => changes.setRenaming(id)),
    },
    {
      id: 'session.export',
      name: 'Download this session as Markdown',
      group: 'Sessions',
      keywords: 'export',
      when: () => isHere,
      perform: perform((one) => changes.download(one, 'markdown')),
    },
    {
      id: 'session.export_jsonl',
      name: 'Download this session with everything (JSON Lines)',
      group: 'Sessions',
      keywords: 'export',
      when: () => isHere,
      perform: perform((one) => changes.download(one, 'jsonl')),
    },
    {
      id: 'session.archive',
      name: 'Archive this session',
      group: 'Sessions',
      when: () => isHere && !isArchived,
      perform: perform(changes.archive),
    },
    {
      id: 'session.reopen',
      name: 'Reopen this session',
      group: 'Sessions',
      when: () => isArchived,
      perform: perform(changes.reopen),
    },
    {
      id: 'session.delete',
      name: 'Delete this session',
      group: 'Sessions',
      when: () => isHere,
      perform: perform(changes.remove),
    },
  ]);
}
