import { X } from 'lucide-react';
import { ProblemView } from '@/blocks/ProblemBlock';
import { Button } from '@/ui/Button';
import { IconButton } from '@/ui/IconButton';
import type { ConversationState } from '../conversation';
import type { Outgoing } from '../outbox';

interface RefusalsProps {
  state: ConversationState;
  onRetry: (outgoing: Outgoing) => void;
  onEdit: (outgoing: Outgoing) => void;
  onClose: () => void;
}

/** What the server would not do, next to where it was asked. The words are never lost. */
export function Refusals({ state: { refused, complaint }, onRetry, onEdit, onClose }: RefusalsProps) {
  const problem = refused?.problem ?? complaint;
  if (!problem) return null;
  return (
    <div className="relative mb-2">
      <ProblemView problem={problem} isAlert className="pr-10" />
      <IconButton size="xs" label="Close" icon={<X />} className="absolute top-1.5 right-1.5" onClick={onClose} />
      {refused && (
        <div className="flex items-center gap-2 pt-1.5 text-sm text-ink-2">
          <bdi className="min-w-0 flex-1 truncate">Not sent: {refused.outgoing.text}</bdi>
          <Button size="sm" variant="ghost" onClick={() => onEdit(refused.outgoing)}>
            Edit
          </Button>
          <Button size="sm" onClick={() => onRetry(refused.outgoing)}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}
