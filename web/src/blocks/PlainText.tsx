import { lazy, Suspense, useMemo, useState } from 'react';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { cutText } from './cut';
import { bytes } from './format';
import { pieces } from './Shown';

const LongText = lazy(() => import('./LongText'));

/** What is shown before a person asks for more. */
const FIRST = 3_000;
const FIRST_LINES = 24;
/** Longer than this, only the lines in view are drawn. */
const LONG = 60_000;

type PlainTextProps = { text: string; label: string; isMono?: boolean; className?: string };

/** Text as it is: no markup is read in it, hidden characters are shown, and a long one is cut until asked for. */
export function PlainText({ text, label, isMono = false, className }: PlainTextProps) {
  const [isWhole, setWhole] = useState(false);
  const first = useMemo(() => cutText(text, FIRST, FIRST_LINES), [text]);
  if (isWhole && text.length > LONG) {
    return (
      <Suspense fallback={<p className="text-xs text-ink-3">Opening {bytes(text.length)} …</p>}>
        <LongText text={text} label={label} />
      </Suspense>
    );
  }
  return (
    <div className={className}>
      <div className={cx('break-words whitespace-pre-wrap', isMono && 'font-mono text-xs leading-5')} dir="auto">
        {pieces(isWhole ? text : first.text)}
        {first.isCut && !isWhole && ' …'}
      </div>
      {first.isCut && <ShowAll isWhole={isWhole} size={text.length} onChange={setWhole} />}
    </div>
  );
}

/** The button that follows a cut text. */
export function ShowAll({
  isWhole,
  size,
  onChange,
}: {
  isWhole: boolean;
  size: number;
  onChange: (isWhole: boolean) => void;
}) {
  return (
    <Button
      size="xs"
      variant="ghost"
      className="mt-1 -ml-1.5 text-accent-text"
      aria-expanded={isWhole}
      onClick={() => onChange(!isWhole)}
    >
      {isWhole ? 'Show less' : `Show all (${size < 10_000 ? `${size} characters` : bytes(size)})`}
    </Button>
  );
}
