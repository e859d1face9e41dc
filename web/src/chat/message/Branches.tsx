import { ChevronLeft, ChevronRight } from 'lucide-react';
import { IconButton } from '@/ui/IconButton';
import { useChatContext } from '../chatContext';

/** ‹ 2 / 3 ›: the versions of a message. */
export function Branches({ run, siblings }: { run: string | undefined; siblings: string[] | undefined }) {
  const { conversation, isBusy } = useChatContext();
  if (!run || !siblings || siblings.length < 2) return null;
  const at = siblings.indexOf(run);
  if (at < 0) return null;
  const show = (next: string | undefined) => next && void conversation.showBranch(next);
  return (
    <fieldset className="flex items-center border-0 text-ink-2">
      <legend className="sr-only">Versions of this message</legend>
      <IconButton
        size="xs"
        label="Version before"
        icon={<ChevronLeft />}
        disabled={at === 0 || isBusy}
        onClick={() => show(siblings[at - 1])}
      />
      <span className="num min-w-8 text-center text-xs">
        <span className="sr-only">Version </span>
        {at + 1}
        <span aria-hidden="true"> / </span>
        <span className="sr-only"> of </span>
        {siblings.length}
      </span>
      <IconButton
        size="xs"
        label="Version after"
        icon={<ChevronRight />}
        disabled={at === siblings.length - 1 || isBusy}
        onClick={() => show(siblings[at + 1])}
      />
    </fieldset>
  );
}
