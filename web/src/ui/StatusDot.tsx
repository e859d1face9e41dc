import type { ReactNode } from 'react';
import { cx } from './cx';
import { SOLID, type Tone } from './tones';

type StatusDotProps = {
  tone: Tone;
  /** The status in a word; drawn unless `isLabelHidden`, and always read out. */
  label: ReactNode;
  isLabelHidden?: boolean;
  isPulsing?: boolean;
  className?: string;
};

export function StatusDot({ tone, label, isLabelHidden = false, isPulsing = false, className }: StatusDotProps) {
  return (
    <span className={cx('inline-flex items-center gap-1.5 whitespace-nowrap', className)}>
      <span
        aria-hidden="true"
        className={cx('size-2 shrink-0 rounded-full', SOLID[tone], isPulsing && 'animate-pulse')}
      />
      <span className={isLabelHidden ? 'sr-only' : undefined}>{label}</span>
    </span>
  );
}
