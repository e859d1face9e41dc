import { type CSSProperties, lazy, memo, Suspense, useMemo, useState } from 'react';
import { CopyButton } from '@/ui/CopyButton';
import { cx } from '@/ui/cx';
import { cutText } from './cut';
import { hasHidden } from './hidden';
import { ShowAll } from './PlainText';
import { pieces } from './Shown';
import { type Token, useTokens } from './useTokens';
import './blocks.css';

const LongText = lazy(() => import('./LongText'));

const FIRST = 8_000;
const FIRST_LINES = 60;
const LONG = 60_000;

type CodeProps = {
  code: string;
  /** `sql`, `json`, …; an unknown one is shown plain. */
  language?: string | null | undefined;
  /** What the code is, for screen readers. */
  label?: string;
  /** A line above the code with its language. */
  hasHead?: boolean;
  /** Long lines are broken, so that nothing of them is out of sight. */
  isWrapped?: boolean;
  className?: string;
};

/** Code as it is: copyable, reachable by keyboard, coloured when its colours have come, hidden characters shown. */
export const Code = memo(function Code({
  code,
  language,
  label,
  hasHead = false,
  isWrapped = false,
  className,
}: CodeProps) {
  const [isWhole, setWhole] = useState(false);
  const first = useMemo(() => cutText(code, FIRST, FIRST_LINES), [code]);
  const shown = isWhole ? code : first.text;
  const name = label ?? (language ? `Code in ${language}` : 'Code');
  if (isWhole && code.length > LONG) {
    return (
      <Suspense fallback={null}>
        <LongText text={code} label={name} />
      </Suspense>
    );
  }
  const copy = <CopyButton text={code} label="Copy code" size="xs" className={cx(!hasHead && 'bg-sunken')} />;
  return (
    <div className={cx('relative min-w-0 rounded-md border bg-sunken', className)}>
      {hasHead ? (
        <div className="flex h-8 items-center border-b pr-1 pl-3 text-xs text-ink-3">
          <span className="flex-1 truncate">{language ?? 'text'}</span>
          {copy}
        </div>
      ) : (
        <span className="absolute top-1 right-1 z-1">{copy}</span>
      )}
      <section
        aria-label={name}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
        tabIndex={0}
        className="focus-inset max-h-[30rem] overflow-auto rounded-md"
      >
        <pre
          className={cx(
            'px-3 py-2 font-mono text-xs leading-5',
            isWrapped ? 'break-words whitespace-pre-wrap' : 'w-max min-w-full',
            !hasHead && 'pr-9',
          )}
        >
          <Lines code={shown} language={language} />
        </pre>
      </section>
      {first.isCut && (
        <div className="border-t px-3 pb-1">
          <ShowAll isWhole={isWhole} size={code.length} onChange={setWhole} />
        </div>
      )}
    </div>
  );
});

function Lines({ code, language }: { code: string; language: string | null | undefined }) {
  const lines = useTokens(code, language);
  return (
    <code>
      {lines.map((line, index) => (
        <Line key={index} line={line} />
      ))}
    </code>
  );
}

const Line = memo(function Line({ line }: { line: Token[] }) {
  return (
    <span className="block min-h-5">
      {line.map((token, index) => {
        const text = hasHidden(token.content) ? pieces(token.content) : token.content;
        return token.htmlStyle ? (
          <span key={index} className="token" style={token.htmlStyle as CSSProperties}>
            {text}
          </span>
        ) : (
          text
        );
      })}
    </span>
  );
});

/** A short piece of code inside a line. */
export function CodeText({ text, className }: { text: string; className?: string }) {
  return (
    <code className={cx('rounded bg-sunken px-1 py-px font-mono text-[0.92em] break-words', className)} dir="auto">
      {pieces(text)}
    </code>
  );
}
