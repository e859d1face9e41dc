import { Field as Base } from '@base-ui/react/field';
import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx';

const BOX =
  'w-full rounded-md border border-line-strong bg-canvas px-2.5 text-sm text-ink transition-colors hover:border-ink-3/60 focus-visible:border-accent-text focus-visible:outline-1 focus-visible:-outline-offset-1 disabled:opacity-50 data-[invalid]:border-danger coarse:text-lg';

type FieldProps = {
  label: ReactNode;
  /** Under the field, always. */
  hint?: ReactNode;
  /** Under the field, in place of the hint; also marks the field as wrong. */
  error?: string | undefined;
  isOptional?: boolean;
  /** The label is for screen readers only. */
  isLabelHidden?: boolean;
  name?: string;
  className?: string;
  /** One TextInput, TextArea, NumberInput, Select … : label, hint and error are tied to it. */
  children: ReactNode;
};

export function Field({ label, hint, error, isOptional, isLabelHidden, name, className, children }: FieldProps) {
  return (
    <Base.Root invalid={error !== undefined} name={name} className={cx('flex min-w-0 flex-col gap-1', className)}>
      <Base.Label className={cx('text-xs font-medium text-ink-2', isLabelHidden && 'sr-only')}>
        {label}
        {isOptional && <span className="font-normal text-ink-3"> (optional)</span>}
      </Base.Label>
      {children}
      {error === undefined ? (
        hint && <Base.Description className="text-xs text-ink-3">{hint}</Base.Description>
      ) : (
        <Base.Error match className="text-xs text-danger-text">
          {error}
        </Base.Error>
      )}
    </Base.Root>
  );
}

export function TextInput({ className, ...rest }: ComponentProps<'input'>) {
  return <Base.Control render={<input {...rest} className={cx(BOX, 'h-8 coarse:h-11', className)} />} />;
}

export function TextArea({ className, rows = 3, ...rest }: ComponentProps<'textarea'>) {
  return <Base.Control render={<textarea rows={rows} {...rest} className={cx(BOX, 'py-1.5', className)} />} />;
}

type NumberInputProps = Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'type'> & {
  value: number | null;
  onChange: (value: number | null) => void;
  /** Drawn after the number: "ms", "%". */
  unit?: string;
};

/** A number, or null while the field is empty. */
export function NumberInput({ value, onChange, unit, className, ...rest }: NumberInputProps) {
  const input = (
    <TextInput
      type="number"
      inputMode="decimal"
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value === '' ? null : event.target.valueAsNumber)}
      className={cx('num', unit && 'pr-10', className)}
      {...rest}
    />
  );
  if (!unit) return input;
  return (
    <span className="relative">
      {input}
      <span className="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-xs text-ink-3">
        {unit}
      </span>
    </span>
  );
}

export const inputBox = BOX;
