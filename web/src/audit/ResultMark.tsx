import { cx } from '@/ui/cx';
import { TEXT } from '@/ui/tones';
import { type AuditResult, RESULT_LOOKS } from './words';

export function ResultMark({ result, className }: { result: AuditResult; className?: string }) {
  const { icon: Icon, word, tone, means } = RESULT_LOOKS[result];
  return (
    <span
      title={means}
      className={cx('inline-flex items-center gap-1 whitespace-nowrap align-middle text-xs', TEXT[tone], className)}
    >
      <Icon aria-hidden="true" className="size-3.5 shrink-0" />
      {word}
    </span>
  );
}
