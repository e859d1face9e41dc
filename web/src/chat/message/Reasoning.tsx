import { ChevronRight } from 'lucide-react';
import { memo, useEffect, useId, useRef, useState } from 'react';
import { Markdown } from '@/blocks/Markdown';
import { cx } from '@/ui/cx';
import { formatDuration } from '@/ui/format';

/** What a model thought before it answered; folded. */
export const Reasoning = memo(function Reasoning({ text, isStreaming }: { text: string; isStreaming: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const body = useId();
  const took = useDurationSeen(isStreaming);
  if (text.trim() === '') return null;
  return (
    <div className="my-1.5">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={body}
        onClick={() => setOpen(!isOpen)}
        className="-ml-1 inline-flex h-7 items-center gap-1 rounded-md px-1 text-sm text-ink-3 hover:text-ink"
      >
        <ChevronRight
          aria-hidden="true"
          className={cx('size-4 transition-transform duration-100', isOpen && 'rotate-90')}
        />
        {isStreaming ? (
          <span className="animate-pulse">Thinking…</span>
        ) : took === undefined ? (
          'Thoughts'
        ) : (
          `Thought for ${formatDuration(took)}`
        )}
      </button>
      {isOpen && (
        <div id={body} dir="auto" className="mt-1 ml-1 border-l-2 border-line pl-3.5 text-ink-2">
          <Markdown text={text} isStreaming={isStreaming} />
        </div>
      )}
    </div>
  );
});

/** How long it streamed while we watched; undefined when it was over before. */
function useDurationSeen(isStreaming: boolean): number | undefined {
  const since = useRef<number | null>(null);
  const [took, setTook] = useState<number>();
  useEffect(() => {
    if (isStreaming) since.current ??= Date.now();
    else if (since.current !== null) setTook(Date.now() - since.current);
  }, [isStreaming]);
  return took;
}
