import { Combobox as Base } from '@base-ui/react/combobox';
import { Check } from 'lucide-react';
import { cx } from './cx';
import { inputBox } from './Field';
import { itemLook, popupLook } from './popup';
import type { Option } from './Select';

type ComboboxProps<V extends string> = {
  options: Option<V>[];
  value: V | null;
  onChange: (value: V | null) => void;
  /** Needed unless it stands in a Field. */
  label?: string;
  placeholder?: string;
  /** Said when nothing matches. */
  empty?: string;
  isDisabled?: boolean;
  className?: string;
};

/** A choice out of many, found by typing. */
export function Combobox<V extends string>(props: ComboboxProps<V>) {
  const { options, value, onChange, label, placeholder, empty = 'Nothing matches.', isDisabled, className } = props;
  const chosen = options.find((option) => option.value === value) ?? null;
  return (
    <Base.Root
      items={options}
      value={chosen}
      onValueChange={(next) => onChange(next ? next.value : null)}
      isItemEqualToValue={(a, b) => a.value === b.value}
      disabled={isDisabled ?? false}
      autoHighlight
    >
      <Base.Input aria-label={label} placeholder={placeholder} className={cx(inputBox, 'h-8 coarse:h-11', className)} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} className="z-60">
          <Base.Popup className={cx(popupLook, 'max-h-72')}>
            <Base.Empty className="text-ink-3 not-empty:px-2 not-empty:py-1.5">{empty}</Base.Empty>
            <Base.List>
              {(option: Option<V>) => (
                <Base.Item key={option.value} value={option} className={itemLook}>
                  {option.icon}
                  <span className="flex-1">{option.label}</span>
                  {option.hint && <span className="text-xs text-ink-3">{option.hint}</span>}
                  <Base.ItemIndicator>
                    <Check className="size-3.5 text-accent-text" />
                  </Base.ItemIndicator>
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
