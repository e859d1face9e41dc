import { useEffect, useRef, useState } from 'react';
import { Button } from '@/ui/Button';
import { formatNumber } from '@/ui/format';
import { useChatContext } from '../chatContext';
import { LONGEST_MESSAGE } from '../limits';

/** Other words for something that was said; what followed from it stays as another version. */
export function EditMessage({ run, text }: { run: string; text: string }) {
  const { conversation, setEditing } = useChatContext();
  const [value, setValue] = useState(text);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const input = field.current;
    input?.focus();
    input?.setSelectionRange(input.value.length, input.value.length);
  }, []);
  const words = value.trim();
  const isReady = words !== '' && words.length <= LONGEST_MESSAGE;
  const send = () => {
    if (!isReady) return;
    setEditing(null);
    conversation.replace(run, words);
  };
  return (
    <form
      aria-label="Edit message"
      className="my-3 rounded-xl border border-line-strong bg-canvas p-2"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        aria-label="Message"
        dir="auto"
        value={value}
        rows={2}
        className="field-sizing-content max-h-[40vh] w-full resize-none bg-transparent px-1.5 py-1 text-base outline-none"
        onChange={(event) => setValue(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            send();
          } else if (event.key === 'Escape') {
            event.stopPropagation();
            setEditing(null);
          }
        }}
      />
      <div className="flex items-center gap-2 pt-1">
        <p className="min-w-0 flex-1 px-1.5 text-xs text-ink-3">
          {words.length > LONGEST_MESSAGE
            ? `${formatNumber(words.length - LONGEST_MESSAGE)} characters too many`
            : 'The answer so far stays as another version.'}
        </p>
        <Button size="sm" variant="ghost" onClick={() => setEditing(null)}>
          Cancel
        </Button>
        <Button size="sm" variant="primary" type="submit" disabled={!isReady}>
          Run again
        </Button>
      </div>
    </form>
  );
}
