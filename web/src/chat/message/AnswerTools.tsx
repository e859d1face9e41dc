import { Quote, RotateCcw } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { Guard } from '@/blocks/Guard';
import { CopyButton } from '@/ui/CopyButton';
import { cx } from '@/ui/cx';
import { IconButton } from '@/ui/IconButton';
import { useChatContext } from '../chatContext';
import { messageAsMarkdown } from '../export/markdown';
import { type ChatMessage, textOf } from '../message';
import { useAgain } from './useAgain';

/** Its popup is a part of its own, and nobody needs it before the answer. */
const AnswerDetails = lazy(() => import('./AnswerDetails'));

/** Copy, quote, run again, details. Always there under the last answer, on hover and focus under the others. */
export function AnswerTools({ message, isLast, isDone }: { message: ChatMessage; isLast: boolean; isDone: boolean }) {
  const { write, isReadOnly } = useChatContext();
  const again = useAgain(message);
  const text = textOf(message);
  return (
    <footer
      className={cx(
        'mt-1 -ml-1.5 flex h-7 items-center gap-0.5 text-ink-3 transition-opacity duration-100',
        !isLast && 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 coarse:opacity-100',
      )}
    >
      <CopyButton text={() => messageAsMarkdown(message)} label="Copy as Markdown" size="xs" />
      {text !== '' && !isReadOnly && (
        <IconButton size="xs" label="Quote" icon={<Quote />} onClick={() => write(quoted(selectedIn(text)))} />
      )}
      {isDone && again && <IconButton size="xs" label="Answer again" icon={<RotateCcw />} onClick={again} />}
      <Guard fallback={null}>
        <Suspense fallback={null}>
          <AnswerDetails message={message} />
        </Suspense>
      </Guard>
    </footer>
  );
}

const quoted = (text: string) =>
  `${text
    .trim()
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')}\n\n`;

/** What is marked of the text, or its first paragraph. */
function selectedIn(text: string): string {
  const marked = window.getSelection()?.toString().trim() ?? '';
  if (marked !== '' && plain(text).includes(plain(marked))) return marked;
  return text.trim().split(/\n\s*\n/)[0] ?? '';
}

const plain = (text: string) => text.replaceAll(/[\s*_`#>|-]+/g, ' ').trim();
