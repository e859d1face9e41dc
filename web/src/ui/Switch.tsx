import { Switch as Base } from '@base-ui/react/switch';
import { type ReactNode, useId } from 'react';
import { cx } from './cx';

type SwitchProps = {
  label: ReactNode;
  hint?: ReactNode;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  isDisabled?: boolean;
  isLabelHidden?: boolean;
  className?: string;
};

/** On or off, at once. For a choice that is saved with a form use Checkbox. */
export function Switch({ label, hint, isOn, onChange, isDisabled, isLabelHidden, className }: SwitchProps) {
  const id = useId();
  return (
    <span className={cx('flex items-start gap-3', className)}>
      <Base.Root
        checked={isOn}
        onCheckedChange={onChange}
        disabled={isDisabled ?? false}
        aria-labelledby={id}
        className="mt-0.5 flex h-5 w-8 shrink-0 rounded-full bg-ink-3 p-0.5 transition-colors data-[checked]:bg-accent data-[disabled]:opacity-50"
      >
        <Base.Thumb className="size-4 rounded-full bg-accent-ink shadow-thumb transition-transform data-[checked]:translate-x-3" />
      </Base.Root>
      <span className={isLabelHidden ? 'sr-only' : 'flex flex-col'}>
        <span id={id} className="text-sm">
          {label}
        </span>
        {hint && <span className="text-xs text-ink-3">{hint}</span>}
      </span>
    </span>
  );
}
