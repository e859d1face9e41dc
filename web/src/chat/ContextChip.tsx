import { useQuery } from '@tanstack/react-query';
import { Crosshair, X } from 'lucide-react';
import { targetsQuery } from '@/api/queries/targets';
import { Shown } from '@/blocks/Shown';
import type { PageContext } from './message';

interface ContextChipProps {
  context: PageContext;
  /** Gives a button to leave it out. */
  onRemove?: () => void;
}

/** What the assistant is told that the person looks at. */
export function ContextChip({ context, onRemove }: ContextChipProps) {
  const words = useContextWords(context);
  return (
    <span
      className="inline-flex h-6 min-w-0 items-center gap-1.5 rounded-full border border-line-strong pr-2 pl-2 text-xs text-ink-2"
      title={`About: ${words}`}
    >
      <Crosshair aria-hidden="true" className="size-3 shrink-0 text-ink-3" />
      <span className="sr-only">About </span>
      <span className="truncate">
        <Shown text={words} />
      </span>
      {onRemove && (
        <button
          type="button"
          aria-label={`Leave out ${words}`}
          onClick={onRemove}
          className="-mr-1 rounded-full p-0.5 text-ink-3 hover:bg-hover hover:text-ink coarse:p-2"
        >
          <X aria-hidden="true" className="size-3" />
        </button>
      )}
    </span>
  );
}

function useContextWords({ resource_type, resource_ids, title }: PageContext): string {
  const isNamed = title !== undefined || resource_type !== 'target';
  const { data: targets } = useQuery({ ...targetsQuery, enabled: !isNamed });
  if (title) return title;
  const names = resource_ids.map((id) => targets?.find((target) => target.id === id)?.name ?? '').filter(Boolean);
  if (names.length > 0) return names.join(', ');
  return resource_ids.length > 1 ? `${resource_ids.length} × ${resource_type}` : resource_type;
}
