import { type CSSProperties, useEffect, useState } from 'react';
import { CopyButton } from './CopyButton';
import { cx } from './cx';
import type { Line } from './highlight';

type CodeBlockProps = {
  code: string;
  /** `sql`, `json`, `bash` …; anything unknown is drawn plain. */
  language?: string | undefined;
  /** In the head, in place of the language. */
  title?: string;
  /** Text still arrives: not coloured until it is whole. */
  isPartial?: boolean;
  /** Pixels before it scrolls. */
  maxHeight?: number;
  hasHeader?: boolean;
  className?: string;
};

/** Beyond this, colouring would hold up the page. */
const MAX_COLOURED = 60_000;

/** Code with a copy button; colours come when their code has been fetched. */
export function CodeBlock(props: CodeBlockProps) {
  const { code, language, title, isPartial = false, maxHeight = 480, hasHeader = true, className } = props;
  const lines = useHighlighted(code, language, isPartial);
  return (
    <figure className={cx('group/code relative overflow-hidden rounded-lg border bg-sunken text-sm', className)}>
      {hasHeader ? (
        <figcaption className="flex h-8 items-center border-b pr-1 pl-3 text-xs text-ink-3">
          <span className="flex-1 truncate">{title ?? language ?? 'text'}</span>
          <CopyButton text={code} label="Copy the code" size="xs" />
        </figcaption>
      ) : (
        <span className="absolute top-1 right-1 z-10 opacity-0 transition-opacity group-focus-within/code:opacity-100 group-hover/code:opacity-100 coarse:opacity-100">
          <CopyButton text={code} label="Copy the code" size="xs" className="bg-sunken" />
        </span>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: no group of fields */}
      <pre
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
        tabIndex={0}
        aria-label={title ?? `Code${language ? ` in ${language}` : ''}`}
        className="focus-inset overflow-auto px-3 py-2.5 font-mono text-xs leading-5"
        style={{ maxHeight }}
      >
        <code>{lines ? lines.map((line, index) => <CodeLine key={index} line={line} />) : code}</code>
      </pre>
    </figure>
  );
}

/** One line of tokens; the colours of both themes are CSS variables, so a change of theme redraws nothing. */
export function CodeLine({ line }: { line: Line }) {
  return (
    <span className="block min-h-5">
      {line.map((token, index) => (
        <span key={index} className="token" style={token.htmlStyle as CSSProperties}>
          {token.content}
        </span>
      ))}
      {'\n'}
    </span>
  );
}

export function useHighlighted(code: string, language: string | undefined, isPartial = false): Line[] | null {
  const [done, setDone] = useState<{ code: string; language: string; lines: Line[] | null } | null>(null);
  const isWanted = language !== undefined && !isPartial && code.length <= MAX_COLOURED;
  useEffect(() => {
    if (!isWanted || language === undefined) return;
    let isCurrent = true;
    import('./highlight')
      .then(({ highlight }) => highlight(code, language))
      .then((lines) => isCurrent && setDone({ code, language, lines }))
      // Without colours it is still the code.
      .catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [code, language, isWanted]);
  return isWanted && done?.code === code && done.language === language ? done.lines : null;
}
