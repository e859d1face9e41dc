import { Check } from 'lucide-react';
import { pieces } from '@/blocks/Shown';
import { Spinner } from '@/ui/Spinner';

/** Lines shown; a long-running call tells more than anybody reads. */
const LAST = 6;

/** What the call says while it works; the last line is what it does now. */
export function Progress({ lines, isOver }: { lines: string[]; isOver: boolean }) {
  const shown = lines.slice(-LAST);
  return (
    <ul aria-label="Progress" className="flex flex-col gap-0.5 text-sm text-ink-2">
      {lines.length > shown.length && <li className="text-xs text-ink-3">{lines.length - shown.length} earlier</li>}
      {shown.map((line, index) => {
        const isNow = !isOver && index === shown.length - 1;
        return (
          <li key={lines.length - shown.length + index} className="flex items-start gap-1.5">
            {isNow ? (
              <Spinner className="mt-0.5 size-4 shrink-0 text-accent-text" />
            ) : (
              <Check aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-ink-3" />
            )}
            <span className="num min-w-0 break-words">{pieces(line)}</span>
          </li>
        );
      })}
    </ul>
  );
}
