import { Pencil } from 'lucide-react';
import { PlainText } from '@/blocks/PlainText';
import { CopyButton } from '@/ui/CopyButton';
import { IconButton } from '@/ui/IconButton';
import { RelativeTime } from '@/ui/Time';
import { useChatContext } from '../chatContext';
import { type ChatMessage, runOf, textOf } from '../message';
import { Branches } from './Branches';
import { EditMessage } from './EditMessage';

/** What a person said. */
export function UserMessage({ message }: { message: ChatMessage }) {
  const { editing, setEditing, isReadOnly, isBusy } = useChatContext();
  const run = runOf(message);
  const text = textOf(message);
  if (run !== undefined && editing === run) return <EditMessage run={run} text={text} />;
  return (
    <article aria-label="You said" className="group flex flex-col items-end pt-3 pb-1">
      <h2 className="sr-only">You said</h2>
      <div className="max-w-[85%] min-w-0 rounded-xl rounded-br-sm bg-selected px-3.5 py-2 text-base [overflow-wrap:anywhere]">
        <PlainText text={text} label="Message" />
      </div>
      <footer className="mt-0.5 flex h-7 items-center gap-0.5 text-xs text-ink-3">
        <span className="flex items-center gap-0.5 opacity-0 transition-opacity duration-100 group-focus-within:opacity-100 group-hover:opacity-100 coarse:opacity-100">
          {message.metadata?.created_at && <RelativeTime when={message.metadata.created_at} className="px-1.5" />}
          <CopyButton text={text} label="Copy message" size="xs" />
          {run !== undefined && !isReadOnly && (
            <IconButton
              size="xs"
              label={isBusy ? 'Edit and run again (after the answer)' : 'Edit and run again'}
              icon={<Pencil />}
              disabled={isBusy}
              onClick={() => setEditing(run)}
            />
          )}
        </span>
        <Branches run={run} siblings={message.metadata?.siblings} />
      </footer>
    </article>
  );
}
