import { ArrowUpRight, Undo2 } from 'lucide-react';
import type { Suggestion } from './suggestions';

/** Next steps; choosing one writes it into the composer. */
export function Suggestions({ items, onChoose }: { items: Suggestion[]; onChoose: (words: string) => void }) {
  if (items.length === 0) return null;
  return (
    <ul aria-label="Suggestions" className="flex flex-wrap gap-1.5 pt-2">
      {items.map(({ label, words, because, isUndo }) => (
        <li key={words} className="min-w-0">
          <button
            type="button"
            title={because ? `${words}: because ${because}` : words}
            onClick={() => onChoose(words)}
            className="inline-flex min-h-7 max-w-full items-center gap-1.5 rounded-full border border-line-strong px-2.5 py-0.5 text-left text-sm text-ink-2 hover:bg-hover hover:text-ink coarse:min-h-11 [&>svg]:size-3.5 [&>svg]:shrink-0 [&>svg]:text-ink-3"
          >
            {isUndo ? <Undo2 aria-hidden="true" /> : <ArrowUpRight aria-hidden="true" />}
            <bdi className="truncate">{label}</bdi>
          </button>
        </li>
      ))}
    </ul>
  );
}
