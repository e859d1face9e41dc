import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { cx } from '@/ui/cx';
import { CodeText } from './Code';
import { cutText } from './cut';
import { cellText, isCodeUnit, NONE, rawText } from './format';
import type { Cell } from './kinds';
import { PlainText } from './PlainText';
import { pieces } from './Shown';

/** Longer text is cut in its cell and shown whole on demand. */
const LONG = 90;

/** A value in a table or a record. */
export function CellValue({ value, unit }: { value: Cell; unit?: string | null | undefined }) {
  if (value === null || value === undefined) {
    return (
      <span className="text-ink-3" title="no value">
        {NONE}
      </span>
    );
  }
  if (value === '') return <span className="text-ink-3">empty</span>;
  const text = cellText(value, unit);
  if (text.length > LONG || text.includes('\n')) return <LongCell text={text} isCode={isCodeUnit(unit)} />;
  if (isCodeUnit(unit)) return <CodeText text={text} />;
  return (
    <bdi title={rawText(value, unit)} className={cx(unit === 'time' && 'whitespace-nowrap')}>
      {pieces(text)}
    </bdi>
  );
}

function LongCell({ text, isCode }: { text: string; isCode: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const brief = cutText(text, LONG).text.replaceAll(/\s+/g, ' ');
  return (
    <span className="flex min-w-0 items-start gap-1">
      <span className={cx('min-w-0 flex-1', isCode && 'font-mono text-xs', !isOpen && 'truncate')}>
        {isOpen ? <PlainText text={text} label="Value" isMono={isCode} /> : <bdi>{pieces(brief)}</bdi>}
      </span>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-label={isOpen ? 'Show less of this value' : 'Show the whole value'}
        title={isOpen ? 'Show less' : 'Show all'}
        onClick={() => setOpen(!isOpen)}
        className="-my-0.5 inline-flex size-6 shrink-0 items-center justify-center rounded text-ink-3 hover:bg-hover hover:text-ink [&>svg]:size-3.5"
      >
        <Ellipsis />
      </button>
    </span>
  );
}
