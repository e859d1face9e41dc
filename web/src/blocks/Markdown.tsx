import { lazy, memo, Suspense } from 'react';
import { Guard } from './Guard';
import { PlainText } from './PlainText';

const MarkdownText = lazy(() => import('./MarkdownText'));

/** Fetches the renderer ahead of the first text. */
export const preloadMarkdown = () => void import('./MarkdownText').catch(() => undefined);

type MarkdownProps = {
  text: string;
  /** More is coming: what is half-written is closed for now. */
  isStreaming?: boolean;
};

/** Markdown of a model or of ours, without HTML, images or dangerous links. Until its renderer is here: the plain text. */
export const Markdown = memo(function Markdown({ text, isStreaming = false }: MarkdownProps) {
  const plain = <PlainText text={text} label="Text" className="text-base" />;
  return (
    <Guard fallback={plain}>
      <Suspense fallback={plain}>
        <MarkdownText text={text} isStreaming={isStreaming} />
      </Suspense>
    </Guard>
  );
});
