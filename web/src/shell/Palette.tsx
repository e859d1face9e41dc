import { Dialog as Base } from '@base-ui/react/dialog';
import { Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { cx } from '@/ui/cx';
import { Kbd } from '@/ui/Kbd';
import { type PaletteItem, usePaletteGroups } from './paletteItems';

/** Everything there is to go to or to do, by typing. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const groups = usePaletteGroups(query);
  const items = groups.flatMap((group) => group.items);
  const index = Math.min(at, Math.max(0, items.length - 1));
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();

  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls when the chosen entry changes
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [index, query]);

  const perform = (item: PaletteItem | undefined) => {
    if (!item) return;
    onClose();
    // After the layer has given the focus back, so that the action may take it.
    setTimeout(item.perform);
  };
  const press = (event: KeyboardEvent) => {
    const count = items.length;
    const isDown = event.key === 'ArrowDown' || (event.ctrlKey && event.key === 'n');
    const isUp = event.key === 'ArrowUp' || (event.ctrlKey && event.key === 'p');
    if (isDown) setAt(count === 0 ? 0 : (index + 1) % count);
    else if (isUp) setAt(count === 0 ? 0 : (index + count - 1) % count);
    else if (event.key === 'PageDown') setAt(Math.min(count - 1, index + 8));
    else if (event.key === 'PageUp') setAt(Math.max(0, index - 8));
    else if (event.key === 'Enter' && !event.nativeEvent.isComposing) perform(items[index]);
    else return;
    event.preventDefault();
  };

  let row = -1;
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-50 bg-veil" />
        <Base.Popup
          data-modal=""
          initialFocus={input}
          className="fixed top-[12vh] left-1/2 z-50 flex max-h-[min(32rem,76dvh)] w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 flex-col overflow-hidden rounded-xl bg-raised shadow-float outline-none max-sm:top-2 max-sm:max-h-[calc(100dvh-1rem)] max-sm:w-[calc(100vw-1rem)]"
        >
          <Base.Title className="sr-only">Search and commands</Base.Title>
          <div className="flex items-center gap-3 border-b px-4">
            <Search aria-hidden="true" className="size-4 shrink-0 text-ink-3" />
            <input
              ref={input}
              role="combobox"
              aria-expanded="true"
              aria-controls={`${id}-list`}
              aria-activedescendant={items.length > 0 ? `${id}-${index}` : undefined}
              aria-label="Search, run a command, or ask"
              placeholder="Search, run a command, or ask…"
              value={query}
              onChange={(event) => {
                setQuery(event.target.value);
                setAt(0);
              }}
              onKeyDown={press}
              autoComplete="off"
              spellCheck={false}
              className="h-12 min-w-0 flex-1 bg-transparent text-base outline-none coarse:text-lg"
            />
            <Kbd keys="escape" className="max-sm:hidden" />
          </div>
          <div
            ref={list}
            id={`${id}-list`}
            role="listbox"
            aria-label="Results"
            tabIndex={-1}
            className="min-h-0 flex-1 overflow-y-auto p-1.5"
          >
            {groups.map((group) => (
              // biome-ignore lint/a11y/useSemanticElements: a group of options, not of fields
              <div key={group.name} role="group" aria-label={group.name} className="pb-1">
                <div aria-hidden="true" className="px-2.5 pt-2 pb-1 text-xs font-medium text-ink-3">
                  {group.name}
                </div>
                {group.items.map((item) => {
                  row += 1;
                  const here = row;
                  return (
                    // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus
                    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the field
                    <div
                      key={item.id}
                      id={`${id}-${here}`}
                      role="option"
                      aria-selected={here === index}
                      onPointerMove={() => setAt(here)}
                      onClick={() => perform(item)}
                      className={cx(
                        'flex min-h-9 cursor-default items-center gap-3 rounded-md px-2.5 text-sm coarse:min-h-11 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-ink-3',
                        here === index && 'bg-selected',
                      )}
                    >
                      {item.icon ?? <span className="size-4" />}
                      <span className="min-w-0 flex-1 truncate">{item.name}</span>
                      {item.hint && (
                        <span className="max-w-48 truncate font-mono text-xs text-ink-3 max-sm:hidden">
                          {item.hint}
                        </span>
                      )}
                      {item.shortcut && <Kbd keys={item.shortcut} className="max-sm:hidden" />}
                    </div>
                  );
                })}
              </div>
            ))}
            {items.length === 0 && <p className="px-3 py-6 text-center text-sm text-ink-3">Nothing matches.</p>}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
