import { ChevronRight } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { cx } from '@/ui/cx';

type FoldProps = { title: ReactNode; note?: ReactNode; isOpenAtFirst?: boolean; children: () => ReactNode };

/** Details on demand: what is folded is not drawn. */
export function Fold({ title, note, isOpenAtFirst = false, children }: FoldProps) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const id = useId();
  return (
    <div className="min-w-0">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
        className="-ml-1 inline-flex min-h-6 items-center gap-1 rounded px-1 text-xs text-ink-2 hover:bg-hover hover:text-ink coarse:min-h-9"
      >
        <ChevronRight
          aria-hidden="true"
          className={cx('size-3.5 text-ink-3 transition-transform duration-100', isOpen && 'rotate-90')}
        />
        {title}
        {note && <span className="num text-ink-3">{note}</span>}
      </button>
      {isOpen && (
        <div id={id} className="min-w-0 pt-1.5 pb-1">
          {children()}
        </div>
      )}
    </div>
  );
}
