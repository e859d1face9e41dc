import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { cx } from './cx';

export type Tab<V extends string> = { value: V; label: ReactNode; count?: number | undefined; content?: ReactNode };

type TabsProps<V extends string> = {
  tabs: Tab<V>[];
  value: V;
  onChange: (value: V) => void;
  /** What the tabs choose between, for screen readers. */
  label: string;
  className?: string;
};

/** A row of tabs; with `content` in the tabs the chosen panel is drawn under it. */
export function Tabs<V extends string>({ tabs, value, onChange, label, className }: TabsProps<V>) {
  const hasPanels = tabs.some((tab) => tab.content !== undefined);
  return (
    <Base.Root value={value} onValueChange={(next) => onChange(next as V)} className={cx('min-w-0', className)}>
      <Base.List aria-label={label} className="flex gap-4 overflow-x-auto border-b px-4">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className="focus-inset -mb-px inline-flex h-9 shrink-0 items-center gap-1.5 border-b-2 border-transparent text-sm font-medium text-ink-3 hover:text-ink data-[active]:border-accent-text data-[active]:text-ink coarse:h-11"
          >
            {tab.label}
            {tab.count !== undefined && <span className="num text-xs font-normal text-ink-3">{tab.count}</span>}
          </Base.Tab>
        ))}
      </Base.List>
      {hasPanels &&
        tabs.map((tab) => (
          <Base.Panel key={tab.value} value={tab.value} className="outline-offset-[-2px]">
            {tab.content}
          </Base.Panel>
        ))}
    </Base.Root>
  );
}
