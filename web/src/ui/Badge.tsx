import type { ReactNode } from 'react';
import { cx } from './cx';
import { SOFT, TEXT, type Tone } from './tones';

type BadgeProps = {
  tone?: Tone;
  /** `soft` has a tinted ground, `outline` a line. */
  look?: 'soft' | 'outline';
  icon?: ReactNode;
  children: ReactNode;
  className?: string;
  title?: string;
};

/** A word about a status. Never a colour alone: the word is always there. */
export function Badge({ tone = 'neutral', look = 'soft', icon, children, className, title }: BadgeProps) {
  return (
    <span
      title={title}
      className={cx(
        'inline-flex h-5 shrink-0 items-center gap-1 whitespace-nowrap rounded-full px-2 text-xs font-medium num [&>svg]:size-3',
        look === 'soft' ? SOFT[tone] : cx('border border-line-strong', TEXT[tone]),
        className,
      )}
    >
      {icon}
      {children}
    </span>
  );
}

/** A number on something, such as waiting approvals. Nothing at 0; `99+` above 99. */
export function CountBadge({ count, label, tone = 'accent' }: { count: number; label: string; tone?: Tone }) {
  if (count <= 0) return null;
  return (
    <Badge
      tone={tone}
      className={cx(
        'h-[18px] min-w-[18px] justify-center px-1.5 text-2xs font-semibold',
        tone === 'accent' && 'bg-accent text-accent-ink',
      )}
      title={label}
    >
      <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
      <span className="sr-only">
        {count} {label}
      </span>
    </Badge>
  );
}
