import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { CloseButton } from './CloseButton';
import { cx } from './cx';
import { ResizeHandle, useStoredWidth } from './resize';

type SheetProps = {
  isOpen: boolean;
  onClose: () => void;
  title: ReactNode;
  description?: ReactNode;
  /** Beside the close button. */
  actions?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
  /** First width in pixels. */
  width?: number;
  /** When set, the width can be dragged and is remembered under this name. */
  resizeKey?: string;
  /** Dims the page and keeps the focus inside. Without it the list beside stays usable. */
  isModal?: boolean;
};

/** Details of one thing, from the right edge; the whole screen on a phone. */
export function Sheet(props: SheetProps) {
  const {
    isOpen,
    onClose,
    title,
    description,
    actions,
    footer,
    children,
    width = 520,
    resizeKey,
    isModal = false,
  } = props;
  const [stored, setWidth] = useStoredWidth(resizeKey, width, { min: 320, max: 1100 });
  return (
    <Base.Root
      open={isOpen}
      modal={isModal}
      disablePointerDismissal={!isModal}
      onOpenChange={(open) => !open && onClose()}
    >
      <Base.Portal>
        {isModal && (
          <Base.Backdrop className="fixed inset-0 z-40 bg-veil transition-opacity duration-150 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0" />
        )}
        <Base.Popup
          style={{ '--sheet': `${stored}px` } as Record<string, string>}
          className={cx(
            'fixed inset-y-0 right-0 z-40 flex w-(--sheet) max-w-full flex-col border-l bg-raised shadow-float outline-none max-sm:w-full max-sm:border-l-0',
            'transition-transform duration-150 ease-calm data-[ending-style]:translate-x-full data-[starting-style]:translate-x-full',
          )}
        >
          <header className="flex min-h-12 shrink-0 items-center gap-2 border-b px-4 py-2">
            <div className="min-w-0 flex-1">
              <Base.Title className="truncate text-sm font-semibold">{title}</Base.Title>
              {description && (
                <Base.Description className="truncate text-xs text-ink-3">{description}</Base.Description>
              )}
            </div>
            {actions}
            <span className="size-7 coarse:size-11" />
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
          {footer && (
            <footer className="flex shrink-0 flex-wrap items-center gap-2 border-t px-4 py-3">{footer}</footer>
          )}
          {/* After the content, so that the focus begins there and not on the edge. */}
          {resizeKey && <ResizeHandle label="Width of the details" width={stored} onResize={setWidth} edge="left" />}
          <CloseButton onClose={onClose} className="absolute top-2.5 right-3" />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
