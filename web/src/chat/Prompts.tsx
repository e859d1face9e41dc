import { CornerDownRight } from 'lucide-react';
import { cx } from '@/ui/cx';

const MOST = 6;

/** Starter prompts; choosing one writes it into the composer. */
export function Prompts({
  items,
  onChoose,
  isCompact = false,
}: {
  items: string[];
  onChoose: (text: string) => void;
  isCompact?: boolean;
}) {
  if (items.length === 0) return null;
  return (
    <ul
      aria-label="Suggested prompts"
      className={cx('grid min-w-0 gap-x-4', isCompact ? 'grid-cols-1' : 'grid-cols-2 max-sm:grid-cols-1')}
    >
      {items.slice(0, MOST).map((text) => (
        <li key={text} className="min-w-0">
          <button
            type="button"
            onClick={() => onChoose(text)}
            className="flex min-h-8 w-full items-start gap-2 rounded-md px-2 py-1.5 text-left text-sm text-ink-2 hover:bg-hover hover:text-ink coarse:min-h-11"
          >
            <CornerDownRight aria-hidden="true" className="mt-0.5 size-3.5 shrink-0 text-ink-3" />
            <bdi className="min-w-0">{text}</bdi>
          </button>
        </li>
      ))}
    </ul>
  );
}
