import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode, RefObject } from 'react';
import { CloseButton } from './CloseButton';
import { cx } from './cx';

export type DialogProps = {
  isOpen: boolean;
  onClose: () => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons, at the lower right. */
  footer?: ReactNode;
  size?: 'sm' | 'md' | 'lg' | 'xl';
  /** What gets the focus first; the first field or button otherwise. */
  initialFocus?: RefObject<HTMLElement | null>;
  /** No X, no Escape, no click outside: it must be answered. */
  isMandatory?: boolean;
};

const WIDTHS = { sm: 'max-w-sm', md: 'max-w-lg', lg: 'max-w-2xl', xl: 'max-w-4xl' };

/** A decision over the page. Details belong in a Sheet. */
export function Dialog(props: DialogProps) {
  const { isOpen, onClose, title, description, children, footer, size = 'md', initialFocus, isMandatory } = props;
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && !isMandatory && onClose()}>
      <Base.Portal>
        <Base.Backdrop
          forceRender
          className={cx(
            'fixed inset-0 bg-veil transition-opacity duration-150 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0',
            isMandatory ? 'z-60' : 'z-40',
          )}
        />
        <Base.Popup
          data-modal=""
          initialFocus={initialFocus}
          className={cx(
            'float-in fixed left-1/2 top-[12vh] flex max-h-[80dvh] w-[calc(100vw-2rem)] -translate-x-1/2 flex-col rounded-lg bg-raised shadow-float outline-none',
            'max-sm:top-auto max-sm:bottom-0 max-sm:max-h-[92dvh] max-sm:w-full max-sm:max-w-none max-sm:rounded-b-none max-sm:pb-[env(safe-area-inset-bottom)]',
            isMandatory ? 'z-60' : 'z-50',
            WIDTHS[size],
          )}
        >
          <header className="flex items-start gap-2 px-5 pt-4 pb-3">
            <div className="min-w-0 flex-1">
              <Base.Title className="text-lg font-semibold text-ink">{title}</Base.Title>
              {description && <Base.Description className="mt-1 text-sm text-ink-2">{description}</Base.Description>}
            </div>
            {!isMandatory && <span className="size-7 coarse:size-11" />}
          </header>
          {children && <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-4">{children}</div>}
          {footer && (
            <footer className="flex flex-wrap items-center justify-end gap-2 border-t px-5 py-3">{footer}</footer>
          )}
          {!isMandatory && <CloseButton onClose={onClose} className="absolute top-3.5 right-3.5" />}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
