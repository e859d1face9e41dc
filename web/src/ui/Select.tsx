import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx';
import { itemLook, popupLook } from './popup';

export type Option<V extends string = string> = { value: V; label: string; hint?: ReactNode; icon?: ReactNode };

type SelectProps<V extends string> = {
  options: Option<V>[];
  value: V | null;
  onChange: (value: V) => void;
  /** Needed unless it stands in a Field. */
  label?: string;
  placeholder?: string;
  size?: 'sm' | 'md';
  isDisabled?: boolean;
  className?: string;
};

export function Select<V extends string>(props: SelectProps<V>) {
  const { options, value, onChange, label, placeholder = 'Choose…', size = 'md', isDisabled, className } = props;
  return (
    <Base.Root
      items={options}
      value={value}
      onValueChange={(next) => next !== null && onChange(next as V)}
      disabled={isDisabled ?? false}
      modal={false}
    >
      <Base.Trigger
        aria-label={label}
        className={cx(
          'inline-flex min-w-28 items-center gap-2 rounded-md border border-line-strong bg-canvas pr-2 pl-2.5 text-left text-sm text-ink hover:bg-hover disabled:opacity-50',
          size === 'sm' ? 'h-7' : 'h-8 coarse:h-11',
          className,
        )}
      >
        <Base.Value className="min-w-0 flex-1 truncate data-[placeholder]:text-ink-3" placeholder={placeholder} />
        <Base.Icon>
          <ChevronsUpDown className="size-3.5 text-ink-3" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner alignItemWithTrigger={false} sideOffset={4} className="z-60">
          <Base.Popup className={popupLook}>
            {options.map((option) => (
              <Base.Item key={option.value} value={option.value} className={itemLook}>
                {option.icon}
                <Base.ItemText className="flex-1">{option.label}</Base.ItemText>
                {option.hint && <span className="text-xs text-ink-3">{option.hint}</span>}
                <span className="flex size-4 shrink-0 items-center">
                  <Base.ItemIndicator>
                    <Check className="size-3.5 text-accent-text" />
                  </Base.ItemIndicator>
                </span>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
