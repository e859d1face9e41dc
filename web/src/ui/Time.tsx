import { useNow } from './clock';
import { cx } from './cx';
import { formatAge, formatDateTime, formatDuration, formatRelative, type When } from './format';

type RelativeTimeProps = { when: When; look?: 'long' | 'short'; className?: string };

/** "3 minutes ago", kept current; the exact time is in the tooltip. */
export function RelativeTime({ when, look = 'long', className }: RelativeTimeProps) {
  const now = useNow();
  const date = new Date(when);
  return (
    <time dateTime={date.toISOString()} title={formatDateTime(date)} className={cx('num whitespace-nowrap', className)}>
      {look === 'long' ? formatRelative(date, now) : formatAge(date, now)}
    </time>
  );
}

type DurationProps = { from: When; to?: When | null | undefined; className?: string };

/** How long it took; while `to` is missing, how long it has been going on. */
export function Duration({ from, to, className }: DurationProps) {
  const now = useNow(1000);
  const end = to ? new Date(to).getTime() : now;
  return (
    <span className={cx('num whitespace-nowrap', className)}>{formatDuration(end - new Date(from).getTime())}</span>
  );
}

type CountdownProps = { to: When; done?: string; className?: string };

/** Time left, by the second in the last minutes. Says `done` once it has passed. */
export function Countdown({ to, done = 'expired', className }: CountdownProps) {
  const now = useNow(1000);
  const left = new Date(to).getTime() - now;
  const isSoon = left > 0 && left < 60_000;
  const text = left <= 0 ? done : formatDuration(left < 10_000 ? Math.ceil(left / 1000) * 1000 : left);
  return (
    <span title={formatDateTime(to)} className={cx('num whitespace-nowrap', isSoon && 'text-warning-text', className)}>
      {text.replace('.0 s', ' s')}
    </span>
  );
}
