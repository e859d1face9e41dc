import { X } from 'lucide-react';
import { buttonLook } from './Button';
import { cx } from './cx';

/** The X of a layer. Last in the layer, so that the focus begins at what the layer is about; without a tooltip, which
 * would take the first Escape for itself. */
export function CloseButton({ onClose, className }: { onClose: () => void; className?: string }) {
  return (
    <button
      type="button"
      aria-label="Close"
      onClick={onClose}
      className={cx(buttonLook({ variant: 'ghost', size: 'sm' }), 'size-7 px-0 coarse:size-11', className)}
    >
      <X className="size-4" />
    </button>
  );
}
