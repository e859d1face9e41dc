import { useQuery } from '@tanstack/react-query';
import { ArrowUp, Square } from 'lucide-react';
import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { targetsQuery } from '@/api/queries/targets';
import { useMedia } from '@/shell/useMedia';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { formatNumber } from '@/ui/format';
import { IconButton } from '@/ui/IconButton';
import { COUNT_FROM, LONGEST_MESSAGE } from '../limits';
import { Choices } from './Choices';
import { commandsFor, performCommand } from './commands';
import { matching, mentionAt, withName } from './mention';
import { useDraft } from './useDraft';

export interface ComposerHandle {
  focus: () => void;
  /** Adds text after what is there, and puts the cursor behind it. */
  write: (text: string) => void;
}

interface ComposerProps {
  /** The name under which the draft is kept. */
  draft: string;
  /** False when it was not taken; then the text stays. */
  onSend: (text: string) => boolean;
  /** Given while something can be stopped. */
  onStop?: (() => void) | undefined;
  isStopping?: boolean;
  /** Esc stops too: only while something is being said, never where it would withdraw a question. */
  isEscStopping?: boolean;
  /** ↑ in the empty field. */
  onEditLast?: (() => void) | undefined;
  /** Something goes on: what is sent now waits for its end. */
  isBusy?: boolean;
  placeholder?: string | undefined;
  /** In the lower row: context, provider. */
  detail?: ReactNode;
  isDisabled?: boolean;
  autoFocus?: boolean;
  className?: string;
  handle?: Ref<ComposerHandle>;
}

/** The field to ask in: grows with its text, Enter sends, Shift+Enter makes a line, Esc stops, / and @ offer choices. */
export function Composer(props: ComposerProps) {
  const {
    draft,
    onSend,
    onStop,
    isStopping = false,
    isEscStopping = false,
    onEditLast,
    isBusy = false,
    placeholder,
    detail,
    isDisabled = false,
    className,
    handle,
  } = props;
  const isPhone = useMedia('(max-width: 39.99rem)');
  const [text, setText] = useDraft(draft);
  const [cursor, setCursor] = useState(text.length);
  const [isDismissed, setDismissed] = useState(false);
  const [active, setActive] = useState(0);
  const field = useRef<HTMLTextAreaElement>(null);
  const put = useRef<number | null>(null);
  const ids = { list: useId(), count: useId() };

  const mention = isDismissed ? null : mentionAt(text, cursor);
  const commands = isDismissed ? [] : commandsFor(text);
  const { data: targets } = useQuery({ ...targetsQuery, enabled: mention !== null });
  const found = mention && targets ? matching(targets, mention.typed) : [];
  const choices =
    commands.length > 0
      ? commands.map((command) => ({ key: command.word, label: `/${command.word}`, hint: command.hint }))
      : found.map((target) => ({
          key: target.id,
          label: target.name,
          hint: `${target.plugin} · ${target.environment}`,
        }));
  const chosen = Math.min(active, choices.length - 1);

  const change = (next: string, at = next.length) => {
    setText(next);
    setCursor(at);
    setDismissed(false);
    setActive(0);
  };

  // The cursor goes behind what was put in, once the field shows it.
  useLayoutEffect(() => {
    const input = field.current;
    if (input && !CSS.supports('field-sizing', 'content')) {
      input.style.height = 'auto';
      input.style.height = `${input.scrollHeight}px`;
    }
    if (put.current === null) return;
    input?.focus();
    input?.setSelectionRange(put.current, put.current);
    if (input) input.scrollTop = input.scrollHeight;
    put.current = null;
  });

  useImperativeHandle(handle, () => ({
    focus: () => field.current?.focus(),
    write: (more) => {
      const before = text === '' || /\s$/.test(text) ? text : `${text}\n`;
      put.current = before.length + more.length;
      change(before + more);
    },
  }));

  const choose = (index: number) => {
    const command = commands[index];
    if (command) {
      change('');
      performCommand(command);
      return;
    }
    const target = found[index];
    if (!mention || !target) return;
    const next = withName(text, cursor, mention, target.name);
    put.current = next.cursor;
    change(next.text, next.cursor);
  };

  const words = text.trim();
  const over = words.length - LONGEST_MESSAGE;
  const isReady = words !== '' && over <= 0 && !isDisabled;
  const send = () => {
    if (isReady && onSend(words)) change('');
  };

  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (choices.length > 0 && takesChoiceKey(event)) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && onStop && isEscStopping && !isStopping) {
      event.preventDefault();
      event.stopPropagation();
      onStop();
    } else if (event.key === 'ArrowUp' && text === '' && onEditLast) {
      event.preventDefault();
      onEditLast();
    }
  };

  const takesChoiceKey = (event: KeyboardEvent): boolean => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) setActive((chosen + step + choices.length) % choices.length);
    else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') choose(chosen);
    else if (event.key === 'Escape') setDismissed(true);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };

  return (
    <form
      className={cx('relative', className)}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {choices.length > 0 && (
        <Choices
          id={ids.list}
          label={commands.length > 0 ? 'Commands' : 'Targets'}
          items={choices}
          active={chosen}
          onChoose={choose}
        />
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside the text goes to the text, as in any field */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard reaches the field itself */}
      <div
        className={cx(
          'rounded-xl border border-line-strong bg-canvas transition-colors duration-100 focus-within:border-accent-text',
          isDisabled && 'bg-sunken',
        )}
        onClick={(event) => event.target === event.currentTarget && field.current?.focus()}
      >
        <textarea
          ref={field}
          dir="auto"
          rows={1}
          value={text}
          disabled={isDisabled}
          // biome-ignore lint/a11y/noAutofocus: a page made for asking
          autoFocus={props.autoFocus}
          placeholder={
            placeholder ??
            (isPhone ? 'Ask, or say what to do' : 'Ask, or say what to do ( / for commands, @ for targets )')
          }
          aria-label="Message"
          aria-describedby={ids.count}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={choices.length > 0 ? ids.list : undefined}
          aria-activedescendant={choices.length > 0 ? `${ids.list}-${chosen}` : undefined}
          enterKeyHint="send"
          className="field-sizing-content block max-h-[40vh] min-h-11 w-full resize-none overflow-y-auto bg-transparent px-3.5 pt-3 pb-1 text-base outline-none [overflow-wrap:anywhere]"
          onChange={(event) => change(event.target.value, event.target.selectionEnd)}
          onSelect={(event) => setCursor(event.currentTarget.selectionEnd)}
          onBlur={() => setDismissed(true)}
          onFocus={() => setDismissed(false)}
          onKeyDown={press}
        />
        <div className="flex min-h-11 items-center gap-2 py-1.5 pr-1.5 pl-3">
          <div className="flex min-w-0 flex-1 items-center gap-1.5 text-xs text-ink-3">{detail}</div>
          <span id={ids.count} className={cx('num text-xs', over > 0 ? 'text-danger-text' : 'text-ink-3')}>
            {over > 0 && `${formatNumber(over)} too many · `}
            {words.length >= COUNT_FROM && `${formatNumber(words.length)} of ${formatNumber(LONGEST_MESSAGE)}`}
          </span>
          {onStop && (
            <Button
              size="md"
              icon={<Square className="fill-current" />}
              onClick={onStop}
              isBusy={isStopping}
              shortcut={isEscStopping ? 'escape' : undefined}
            >
              {isStopping ? 'Stopping' : 'Stop'}
            </Button>
          )}
          <IconButton
            type="submit"
            variant="primary"
            label={isBusy ? 'Send after this' : 'Send'}
            shortcut="enter"
            icon={<ArrowUp />}
            disabled={!isReady}
          />
        </div>
      </div>
    </form>
  );
}
