import { useEffect, useRef } from 'react';
import { cx } from '@/ui/cx';

interface ChoicesProps {
  id: string;
  label: string;
  items: { key: string; label: string; hint: string }[];
  active: number;
  onChoose: (index: number) => void;
}

/** What a half-typed word may become, above the field. The focus stays in the field. */
export function Choices({ id, label, items, active, onChoose }: ChoicesProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <div
      ref={list}
      id={id}
      role="listbox"
      aria-label={label}
      className="absolute bottom-full left-0 z-20 mb-1.5 max-h-64 w-80 max-w-full overflow-y-auto rounded-lg bg-raised p-1 text-sm shadow-float"
    >
      {items.map(({ key, label: name, hint }, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and points here
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field takes the keys
        <div
          key={key}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          className={cx(
            'flex min-h-8 items-center gap-3 rounded-md px-2 coarse:min-h-11',
            index === active ? 'bg-selected' : 'hover:bg-hover',
          )}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(index)}
        >
          <bdi className="truncate font-medium">{name}</bdi>
          <span className="ml-auto min-w-0 truncate text-xs text-ink-3">{hint}</span>
        </div>
      ))}
    </div>
  );
}
