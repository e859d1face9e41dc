import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import { memo } from 'react';
import { Shown } from '@/blocks/Shown';
import { cx } from '@/ui/cx';
import type { Notice } from '../message';

const LOOKS = {
  info: { Icon: Info, tone: 'text-ink-3' },
  warning: { Icon: TriangleAlert, tone: 'text-warning-text' },
  error: { Icon: CircleAlert, tone: 'text-danger-text' },
};
const WORDS = { info: '', warning: 'Warning: ', error: 'Problem: ' };

/** Something worth knowing about the run: another provider answered, a call was refused. */
export const NoticeLine = memo(function NoticeLine({ level, text }: Notice) {
  const { Icon, tone } = LOOKS[level] ?? LOOKS.info;
  return (
    <p className="my-1.5 flex items-start gap-2 text-sm text-ink-2 [overflow-wrap:anywhere]">
      <Icon aria-hidden="true" className={cx('mt-0.5 size-4 shrink-0', tone)} />
      <span>
        <span className="sr-only">{WORDS[level]}</span>
        <Shown text={text} />
      </span>
    </p>
  );
});
