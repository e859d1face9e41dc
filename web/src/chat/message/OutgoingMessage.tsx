import { Clock, Pencil, SendHorizontal, WifiOff, X } from 'lucide-react';
import { PlainText } from '@/blocks/PlainText';
import { Button } from '@/ui/Button';
import { IconButton } from '@/ui/IconButton';
import { Spinner } from '@/ui/Spinner';
import { useChatContext } from '../chatContext';
import type { Outgoing } from '../outbox';

/** Something typed that the server does not have yet, and why. */
export function OutgoingMessage({ outgoing }: { outgoing: Outgoing }) {
  const { conversation, isBusy, write } = useChatContext();
  const { id, text, isWaiting } = outgoing;
  const isPaused = conversation.state.isQueuePaused;
  const isSending = !isWaiting && !isBusy && !isPaused;
  return (
    <article aria-label="Not sent yet" className="flex flex-col items-end pt-3 pb-1">
      <div className="max-w-[85%] min-w-0 rounded-xl rounded-br-sm border border-line-strong border-dashed px-3.5 py-2 text-base text-ink-2 [overflow-wrap:anywhere]">
        <PlainText text={text} label="Message" />
      </div>
      <footer className="mt-0.5 flex min-h-7 flex-wrap items-center justify-end gap-1 text-xs text-ink-3">
        <span className="inline-flex items-center gap-1.5 px-1.5 [&>svg]:size-3.5">
          {isWaiting ? <WifiOff aria-hidden="true" /> : isSending ? <Spinner /> : <Clock aria-hidden="true" />}
          {isWaiting
            ? 'Kept here. It is sent when Steersman is back.'
            : isSending
              ? 'Sending…'
              : isPaused
                ? 'Not sent'
                : 'Sent when this is done'}
        </span>
        {!isWaiting && !isSending && !isBusy && (
          <Button size="xs" variant="ghost" icon={<SendHorizontal />} onClick={() => conversation.sendNow(id)}>
            Send now
          </Button>
        )}
        <IconButton
          size="xs"
          label="Take back and edit"
          icon={<Pencil />}
          onClick={() => {
            if (conversation.withdraw(id)) write(text);
          }}
        />
        <IconButton size="xs" label="Remove" icon={<X />} onClick={() => conversation.withdraw(id)} />
      </footer>
    </article>
  );
}
