import { RotateCcw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { strokeOf } from '@/actions/keyboard';
import { type Action, conflicts, shortcutOf, useAllActions, useOverrides } from '@/actions/registry';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { IconButton } from '@/ui/IconButton';
import { Kbd } from '@/ui/Kbd';

/** Every key, by group; a click on one lets the person press another. For the `?` list and for settings. */
export function ShortcutEditor() {
  const actions = useAllActions();
  const [overrides, setOverrides] = useOverrides();
  const [editing, setEditing] = useState<string | null>(null);
  const clashes = conflicts(actions, overrides);
  const nameOf = (id: string) => actions.find((action) => action.id === id)?.name ?? id;
  const clashOf = (id: string) => clashes.flatMap(([a, b]) => (a === id ? [nameOf(b)] : b === id ? [nameOf(a)] : []));
  const groups = [...new Set(actions.map((action) => action.group))].sort();
  const hasOwn = Object.keys(overrides).length > 0;

  const change = (id: string, keys: string | null | undefined) => {
    const { [id]: _, ...rest } = overrides;
    setOverrides(keys === undefined ? rest : { ...rest, [id]: keys });
    setEditing(null);
  };

  return (
    <div className="flex flex-col gap-5">
      {groups.map((group) => (
        <section key={group} aria-label={group}>
          <h3 className="mb-1 text-xs font-medium text-ink-3">{group}</h3>
          <ul className="divide-y divide-line/70">
            {actions
              .filter((action) => action.group === group)
              .map((action) => (
                <li key={action.id} className="flex min-h-9 items-center gap-2 py-1">
                  <span className="min-w-0 flex-1">
                    <span className="block truncate">{action.name}</span>
                    {clashOf(action.id).map((name) => (
                      <span key={name} className="block text-xs text-warning-text">
                        Same key as “{name}”
                      </span>
                    ))}
                  </span>
                  {editing === action.id ? (
                    <Recorder
                      action={action}
                      onDone={(keys) => change(action.id, keys)}
                      onCancel={() => setEditing(null)}
                    />
                  ) : (
                    <>
                      {overrides[action.id] !== undefined && (
                        <IconButton
                          size="xs"
                          label={`Back to the usual key for ${action.name}`}
                          icon={<RotateCcw />}
                          onClick={() => change(action.id, undefined)}
                        />
                      )}
                      <button
                        type="button"
                        onClick={() => setEditing(action.id)}
                        className="flex min-h-7 min-w-12 items-center justify-end rounded-md px-1.5 hover:bg-hover"
                      >
                        <span className="sr-only">Change the key for {action.name}: </span>
                        {shortcutOf(action, overrides) ? (
                          <Kbd keys={shortcutOf(action, overrides) ?? ''} />
                        ) : (
                          <span className="text-xs text-ink-3">Add</span>
                        )}
                      </button>
                    </>
                  )}
                </li>
              ))}
          </ul>
        </section>
      ))}
      {hasOwn && (
        <div>
          <Button size="sm" icon={<RotateCcw />} onClick={() => setOverrides({})}>
            Back to the usual keys
          </Button>
        </div>
      )}
    </div>
  );
}

type RecorderProps = { action: Action; onDone: (keys: string | null) => void; onCancel: () => void };

/** Takes one stroke, or two for a chord; nothing else on the page hears them. */
function Recorder({ action, onDone, onCancel }: RecorderProps) {
  const [first, setFirst] = useState<string | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const press = (event: KeyboardEvent) => {
      const stroke = strokeOf(event);
      event.preventDefault();
      event.stopImmediatePropagation();
      if (stroke === null) return;
      if (stroke === 'escape') return onCancel();
      if (stroke === 'backspace') return onDone(null);
      if (first !== null) return onDone(`${first} ${stroke}`);
      if (/mod|alt/.test(stroke)) return onDone(stroke);
      setFirst(stroke);
    };
    if (first !== null) timer = setTimeout(() => onDone(first), 1_000);
    // Before the page's own dispatcher, which listens on the window too.
    document.documentElement.dataset.recording = '';
    window.addEventListener('keydown', press, { capture: true });
    return () => {
      delete document.documentElement.dataset.recording;
      clearTimeout(timer);
      window.removeEventListener('keydown', press, { capture: true });
    };
  }, [first, onDone, onCancel]);
  return (
    <span role="status" className={cx('rounded-md bg-accent-soft px-2 py-1 text-xs text-accent-text')}>
      {first === null ? `Press keys for “${action.name}”. Esc cancels, ⌫ removes.` : <Kbd keys={first} />}
    </span>
  );
}
