import { type ReactNode, useState } from 'react';
import { ApiProblem } from '@/api/problem';
import type { ListedSession } from '@/api/queries/sessions';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { toast } from '@/ui/Toast';
import { type ExportFormat, exportSession } from '../export/everything';
import { archiveSession, deleteSession, renameSession, reopenSession } from './changes';

export interface SessionChanges {
  /** The id of the session whose title is being written. */
  renaming: string | null;
  setRenaming: (id: string | null) => void;
  rename: (session: ListedSession, title: string) => void;
  archive: (session: ListedSession) => void;
  reopen: (session: ListedSession) => void;
  /** Asks first. */
  remove: (session: ListedSession) => void;
  download: (session: ListedSession, format: ExportFormat) => void;
  /** Has to be drawn somewhere. */
  dialog: ReactNode;
}

/** Rename, archive, reopen, delete and export, each saying what did not work. */
export function useSessionChanges(onDeleted?: (id: string) => void): SessionChanges {
  const [renaming, setRenaming] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<ListedSession | null>(null);
  const [isDeleting, setDeleting] = useState(false);

  const attempt = async (work: Promise<unknown>) => {
    try {
      await work;
      return true;
    } catch (error) {
      tell(error);
      return false;
    }
  };

  return {
    renaming,
    setRenaming,
    rename: (session, title) => {
      setRenaming(null);
      const words = title.trim();
      if (words !== '' && words !== session.title) void attempt(renameSession(session.id, words));
    },
    archive: (session) =>
      void attempt(archiveSession(session.id)).then((isDone) => {
        if (isDone)
          toast({
            title: 'Session archived',
            text: session.title,
            action: { label: 'Undo', onSelect: () => void attempt(reopenSession(session.id)) },
          });
      }),
    reopen: (session) => void attempt(reopenSession(session.id)),
    remove: setLeaving,
    download: (session, format) => void attempt(exportSession(session, format)),
    dialog: (
      <ConfirmDialog
        isOpen={leaving !== null}
        onClose={() => setLeaving(null)}
        title="Delete this session?"
        confirm="Delete"
        isBusy={isDeleting}
        onConfirm={async () => {
          if (!leaving) return;
          setDeleting(true);
          if (await attempt(deleteSession(leaving.id))) onDeleted?.(leaving.id);
          setDeleting(false);
          setLeaving(null);
        }}
      >
        <p>
          <bdi className="font-medium text-ink">{leaving?.title || 'Untitled'}</bdi> disappears with its messages. The
          audit log keeps what was done.
        </p>
      </ConfirmDialog>
    ),
  };
}

function tell(error: unknown): void {
  const problem = error instanceof ApiProblem ? error : null;
  toast({
    tone: 'danger',
    title: problem?.what ?? 'That did not work',
    text: problem ? [problem.why, problem.next].filter(Boolean).join('. ') : undefined,
  });
}
