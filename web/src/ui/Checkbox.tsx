import { Checkbox as Base } from '@base-ui/react/checkbox';
import { Check, Minus } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { cx } from './cx';

type CheckboxProps = {
  label: ReactNode;
  hint?: ReactNode;
  isChecked: boolean;
  /** Some, but not all, of what it stands for. */
  isMixed?: boolean;
  onChange: (isChecked: boolean) => void;
  isDisabled?: boolean;
  isLabelHidden?: boolean;
  className?: string;
};

export function Checkbox(props: CheckboxProps) {
  const { label, hint, isChecked, isMixed, onChange, isDisabled, isLabelHidden, className } = props;
  const id = useId();
  return (
    <span className={cx('inline-flex items-start gap-2', className)}>
      <Base.Root
        checked={isChecked}
        indeterminate={isMixed ?? false}
        onCheckedChange={onChange}
        disabled={isDisabled ?? false}
        aria-labelledby={id}
        className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded border border-ink-3 bg-canvas text-accent-ink data-[checked]:border-accent data-[checked]:bg-accent data-[indeterminate]:border-accent data-[indeterminate]:bg-accent data-[disabled]:opacity-50 coarse:size-5"
      >
        <Base.Indicator>
          {isMixed ? <Minus className="size-3" strokeWidth={3} /> : <Check className="size-3" strokeWidth={3} />}
        </Base.Indicator>
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
