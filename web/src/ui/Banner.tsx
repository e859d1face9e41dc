import { CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx';
import { SOFT, type Tone } from './tones';

type BannerProps = { tone?: Tone; icon?: ReactNode; children: ReactNode; action?: ReactNode; className?: string };

/** One calm line over a page or a part of it. */
export function Banner({ tone = 'info', icon, children, action, className }: BannerProps) {
  const Default = tone === 'success' ? CircleCheck : tone === 'warning' || tone === 'danger' ? TriangleAlert : Info;
  return (
    <div
      role={tone === 'danger' ? 'alert' : 'status'}
      className={cx(
        'flex min-h-9 items-center gap-2.5 px-4 py-1.5 text-sm [&>svg]:size-4 [&>svg]:shrink-0',
        SOFT[tone],
        className,
      )}
    >
      {icon ?? <Default aria-hidden="true" />}
      <div className="min-w-0 flex-1">{children}</div>
      {action}
    </div>
  );
}
