import { Link } from '@tanstack/react-router';
import { CircleHelp } from 'lucide-react';
import { useMay } from '@/api/queries/me';
import type { ListedSession } from '@/api/queries/sessions';
import { Shown } from '@/blocks/Shown';
import { Badge } from '@/ui/Badge';
import { cx } from '@/ui/cx';
import { RelativeTime } from '@/ui/Time';
import { SessionMenu } from './SessionMenu';
import { TitleField } from './TitleField';
import type { SessionChanges } from './useSessionChanges';

interface SessionRowProps {
  session: ListedSession;
  isOpen: boolean;
  changes: SessionChanges;
  onOpen?: (() => void) | undefined;
}

/** One session in the list: title, last words, and whether it wants something. */
export function SessionRow({ session, isOpen, changes, onOpen }: SessionRowProps) {
  const isRenaming = changes.renaming === session.id;
  const waiting = session.waiting ?? 0;
  const mayDecide = useMay('approval:decide');
  return (
    <li className={cx('group relative border-b border-line/60', isOpen ? 'bg-selected' : 'hover:bg-hover')}>
      {isRenaming ? (
        <div className="px-4 py-2.5">
          <TitleField
            title={session.title}
            onDone={(title) => (title === null ? changes.setRenaming(null) : changes.rename(session, title))}
            className="w-full"
          />
        </div>
      ) : (
        <Link
          to="/sessions/$id"
          params={{ id: session.id }}
          data-session-row=""
          aria-current={isOpen ? 'page' : undefined}
          onClick={() => onOpen?.()}
          className="focus-inset flex min-h-14 flex-col justify-center gap-0.5 py-2 pr-4 pl-6"
        >
          <span className="flex min-w-0 items-center gap-2">
            {session.is_unread && (
              <span className="absolute left-2.5 size-1.5 rounded-full bg-accent">
                <span className="sr-only">Unread: </span>
              </span>
            )}
            <span
              className={cx(
                'min-w-0 flex-1 truncate text-sm text-ink',
                session.is_unread ? 'font-semibold' : 'font-medium',
              )}
            >
              <Shown text={session.title || 'Untitled'} />
            </span>
            <RelativeTime
              when={session.updated_at}
              look="short"
              className="text-xs text-ink-3 group-focus-within:invisible group-hover:invisible coarse:mr-7"
            />
          </span>
          <span className="flex min-w-0 items-center gap-2 text-xs text-ink-3">
            <span className="min-w-0 flex-1 truncate">
              {session.preview ? <Shown text={session.preview} /> : 'No messages yet'}
            </span>
            {waiting > 0 && (
              <Badge tone="warning" icon={<CircleHelp />}>
                {mayDecide ? 'waiting for you' : 'waiting for approval'}
                {waiting > 1 ? ` (${waiting})` : ''}
              </Badge>
            )}
          </span>
        </Link>
      )}
      {!isRenaming && (
        <span className="absolute top-1.5 right-2 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 has-[[data-popup-open]]:opacity-100 coarse:opacity-100">
          <SessionMenu session={session} changes={changes} size="xs" />
        </span>
      )}
    </li>
  );
}
