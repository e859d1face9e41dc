import { Plus, X } from 'lucide-react';
import { Button } from './Button';
import { cx } from './cx';
import { Menu } from './Menu';
import type { Option } from './Select';

export type Filter = {
  id: string;
  label: string;
  options: Option[];
  /** Null: not filtered by this. */
  value: string | null;
};

type FilterBarProps = { filters: Filter[]; onChange: (id: string, value: string | null) => void; className?: string };

/** One chip for each filter that is set, and a way to set or clear them. */
export function FilterBar({ filters, onChange, className }: FilterBarProps) {
  const set = filters.filter((filter) => filter.value !== null);
  const unset = filters.filter((filter) => filter.value === null);
  return (
    <div className={cx('flex flex-wrap items-center gap-1.5', className)}>
      {set.map((filter) => (
        <span
          key={filter.id}
          className="inline-flex h-7 items-center rounded-md border border-line-strong bg-canvas text-sm"
        >
          <Menu
            align="start"
            trigger={
              <button type="button" className="flex h-full items-center gap-1 rounded-l-md pr-1.5 pl-2 hover:bg-hover">
                <span className="text-ink-3">{filter.label}</span>
                <span>{filter.options.find((option) => option.value === filter.value)?.label ?? filter.value}</span>
              </button>
            }
            items={filter.options.map((option) => ({
              label: option.label,
              isChecked: option.value === filter.value,
              onSelect: () => onChange(filter.id, option.value),
            }))}
          />
          <button
            type="button"
            aria-label={`Clear the filter ${filter.label}`}
            onClick={() => onChange(filter.id, null)}
            className="flex h-full w-6 items-center justify-center rounded-r-md text-ink-3 hover:bg-hover hover:text-ink"
          >
            <X className="size-3.5" />
          </button>
        </span>
      ))}
      {unset.map((filter) => (
        <Menu
          key={filter.id}
          align="start"
          trigger={
            <button
              type="button"
              className="inline-flex h-7 items-center gap-1 rounded-md border border-dashed border-line-strong px-2 text-sm text-ink-2 hover:bg-hover hover:text-ink"
            >
              <Plus className="size-3" aria-hidden="true" />
              {filter.label}
            </button>
          }
          items={filter.options.map((option) => ({
            label: option.label,
            onSelect: () => onChange(filter.id, option.value),
          }))}
        />
      ))}
      {set.length > 1 && (
        <Button
          variant="ghost"
          size="sm"
          onClick={() => {
            for (const filter of set) onChange(filter.id, null);
          }}
        >
          Clear all
        </Button>
      )}
    </div>
  );
}
