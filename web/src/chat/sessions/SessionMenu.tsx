import { Archive, ArchiveRestore, Download, Ellipsis, Pencil, Trash2 } from 'lucide-react';
import type { ListedSession } from '@/api/queries/sessions';
import { IconButton } from '@/ui/IconButton';
import { Menu } from '@/ui/Menu';
import type { SessionChanges } from './useSessionChanges';

/** Everything that can be done to a session. */
export function SessionMenu({
  session,
  changes,
  size = 'sm',
}: {
  session: ListedSession;
  changes: SessionChanges;
  size?: 'xs' | 'sm';
}) {
  const isArchived = session.status === 'archived';
  return (
    <Menu
      trigger={<IconButton size={size} label="Session menu" icon={<Ellipsis />} />}
      items={[
        { label: 'Rename', icon: <Pencil />, onSelect: () => changes.setRenaming(session.id) },
        { label: 'Download as Markdown', icon: <Download />, onSelect: () => changes.download(session, 'markdown') },
        {
          label: 'Download everything (JSON Lines)',
          icon: <Download />,
          onSelect: () => changes.download(session, 'jsonl'),
        },
        'separator',
        isArchived
          ? { label: 'Reopen', icon: <ArchiveRestore />, onSelect: () => changes.reopen(session) }
          : { label: 'Archive', icon: <Archive />, onSelect: () => changes.archive(session) },
        { label: 'Delete', icon: <Trash2 />, isDanger: true, onSelect: () => changes.remove(session) },
      ]}
    />
  );
}
