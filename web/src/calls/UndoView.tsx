import { Archive, Check, OctagonAlert, Undo2 } from 'lucide-react';
import { pieces } from '@/blocks/Shown';
import { Steps } from './Steps';
import type { Undo } from './wire';

/** How to get back, or that there is no way back. */
export function UndoView({ undo }: { undo: Undo }) {
  switch (undo.kind) {
    case 'reversible':
      return (
        <div className="min-w-0">
          <p className="flex items-center gap-1.5 pb-1 text-sm text-success-text">
            <Undo2 aria-hidden="true" className="size-4 shrink-0" />
            Can be undone{undo.steps.length > 0 && ' by'}
          </p>
          {undo.steps.length > 0 && <Steps steps={undo.steps} />}
        </div>
      );
    case 'backed_up':
      return (
        <p className="flex items-start gap-1.5 text-sm">
          <Archive aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-success-text" />
          <span className="min-w-0 break-words">
            Backed up at <bdi className="font-mono text-xs">{pieces(undo.location)}</bdi>
          </span>
        </p>
      );
    case 'not_needed':
      return (
        <p className="flex items-start gap-1.5 text-sm">
          <Check aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-ink-3" />
          <span className="min-w-0 break-words">Nothing to undo: {pieces(undo.why)}</span>
        </p>
      );
    case 'irreversible':
      return (
        <p className="flex items-start gap-2 rounded-md bg-danger-soft px-3 py-2 text-sm font-medium text-danger-text">
          <OctagonAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
          <span className="min-w-0 break-words">Cannot be undone: {pieces(undo.why)}</span>
        </p>
      );
  }
}
