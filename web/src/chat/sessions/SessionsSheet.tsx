import { useNavigate } from '@tanstack/react-router';
import { PanelLeft, Plus } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '@/ui/IconButton';
import { Sheet } from '@/ui/Sheet';
import { SessionList } from './SessionList';

/** The list of sessions where there is no room for it beside the session. */
export function SessionsSheet({ open }: { open: string | null }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <IconButton
        label="All sessions"
        icon={<PanelLeft />}
        size="sm"
        side="bottom"
        className="-ml-1.5 xl:hidden"
        onClick={() => setOpen(true)}
      />
      <Sheet
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title="Sessions"
        width={380}
        isModal
        actions={<NewButton onNew={() => setOpen(false)} />}
      >
        <SessionList open={open} onOpen={() => setOpen(false)} isBare />
      </Sheet>
    </>
  );
}

function NewButton({ onNew }: { onNew: () => void }) {
  const navigate = useNavigate();
  return (
    <IconButton
      label="New session"
      icon={<Plus />}
      size="sm"
      side="bottom"
      onClick={() => {
        onNew();
        void navigate({ to: '/sessions' });
      }}
    />
  );
}
