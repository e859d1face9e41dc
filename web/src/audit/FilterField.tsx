import { useQuery } from '@tanstack/react-query';
import { Search, TriangleAlert, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { targetsQuery } from '@/api/queries/targets';
import { toolsQuery } from '@/api/queries/tools';
import { cx } from '@/ui/cx';
import { type AuditFilter, type FilterKey, KEYS, readTyped, troubles, writtenPart } from './filter';
import { completed, type Suggestion, suggestionsFor } from './suggest';

type FilterFieldProps = {
  filter: AuditFilter;
  onChange: (filter: AuditFilter) => void;
  /** Names of people seen so far. */
  actors: string[];
};

/** Free text is searched for this long after the last key. */
const PAUSE = 500;

/** Filters as chips and as text in one field: a typed `risk:high` becomes a chip, a chip becomes text to edit it. */
export function FilterField({ filter, onChange, actors }: FilterFieldProps) {
  const [text, setText] = useState(filter.q ?? '');
  const [isOpen, setIsOpen] = useState(false);
  const [marked, setMarked] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const tools = useQuery(toolsQuery());
  const targets = useQuery(targetsQuery);
  const known = {
    actors,
    tools: (tools.data ?? []).map((tool) => tool.name),
    targets: (targets.data ?? []).map((target) => target.name),
  };
  const offered = isOpen ? suggestionsFor(text, filter, known) : [];
  const bad = troubles(filter);
  const { q } = filter;

  // The address changed by something else than this field: Back, a saved view, a click in the statistics.
  useEffect(() => setText((now) => ((readTyped(now).filter.q ?? '') === (q ?? '') ? now : (q ?? ''))), [q]);

  // Timers outlive a drawing: they act on what is filtered by then.
  const latest = useRef(filter);
  latest.current = filter;

  const take = (typed: string, isDone: boolean) => {
    const { q: words, ...named } = readTyped(typed).filter;
    const isNamed = Object.keys(named).length > 0;
    // While a person types, only finished words count: `risk:hi` is still growing.
    const isFinished = isDone || /\s$/.test(typed);
    if (isNamed && !isFinished) return setText(typed);
    setText(isNamed ? (words ?? '') : typed);
    if (!isNamed && !isDone) return;
    const { q: before, ...rest } = latest.current;
    if (!isNamed && (before ?? '') === (words ?? '')) return;
    onChange({ ...rest, ...named, ...(words ? { q: words } : {}) });
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: each key begins the pause anew
  useEffect(() => {
    const { filter: read, unknown } = readTyped(text);
    const isPlain = Object.keys(read).every((key) => key === 'q') && unknown.length === 0 && !/\S:$/.test(text);
    if (!isPlain) return;
    const timer = setTimeout(() => take(text, true), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);

  const choose = (suggestion: Suggestion) => {
    const next = completed(text, suggestion);
    setMarked(-1);
    if (suggestion.isWhole) {
      take(next, true);
      setIsOpen(false);
    } else setText(next);
    input.current?.focus();
  };

  const drop = (key: FilterKey) => {
    const { [key]: _, ...rest } = filter;
    onChange(rest);
    input.current?.focus();
  };

  const edit = (key: FilterKey) => {
    const { [key]: value, ...rest } = filter;
    onChange(rest);
    setText([text.trim(), writtenPart(key, value ?? '')].filter(Boolean).join(' '));
    setIsOpen(true);
    input.current?.focus();
  };

  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    const keys = KEYS.filter((key) => filter[key]);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (!isOpen) setIsOpen(true);
      else if (offered.length > 0) {
        const step = event.key === 'ArrowDown' ? 1 : -1;
        setMarked((marked + step + offered.length + (marked < 0 && step < 0 ? 1 : 0)) % offered.length);
      }
    } else if (event.key === 'Enter') {
      const suggestion = offered[marked];
      if (suggestion) choose(suggestion);
      else {
        take(text, true);
        setIsOpen(false);
      }
    } else if (event.key === 'Tab' && isOpen && marked >= 0 && offered[marked]) choose(offered[marked]);
    else if (event.key === 'Escape' && isOpen) setIsOpen(false);
    else if (event.key === 'Escape') input.current?.blur();
    else if (
      event.key === 'Backspace' &&
      input.current?.selectionStart === 0 &&
      input.current.selectionEnd === 0 &&
      keys.length > 0
    ) {
      const last = keys.at(-1);
      if (last) edit(last);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="relative min-w-0 flex-1 basis-72">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside the words goes into the field */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field itself is reached with Tab */}
      <div
        onClick={(event) => event.target === event.currentTarget && input.current?.focus()}
        className="flex min-h-8 flex-wrap items-center gap-1 rounded-md border border-line-strong bg-canvas py-0.5 pr-1 pl-2.5 focus-within:border-accent-text focus-within:outline-1 focus-within:outline-accent-text coarse:min-h-11"
      >
        <Search aria-hidden="true" className="mr-0.5 size-3.5 shrink-0 text-ink-3" />
        {KEYS.map(
          (key) =>
            filter[key] && (
              <Chip
                key={key}
                name={key}
                value={filter[key]}
                trouble={bad[key]}
                onEdit={() => edit(key)}
                onDrop={() => drop(key)}
              />
            ),
        )}
        <input
          ref={input}
          role="combobox"
          aria-label="Filter the audit log"
          aria-expanded={offered.length > 0}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={marked >= 0 && offered[marked] ? `${list}-${marked}` : undefined}
          data-page-search
          value={text}
          placeholder={KEYS.some((key) => filter[key]) ? '' : 'Search, or risk:high actor:root from:7d …'}
          autoComplete="off"
          spellCheck={false}
          onFocus={() => setIsOpen(true)}
          onBlur={() => setIsOpen(false)}
          onChange={(event) => {
            setMarked(-1);
            setIsOpen(true);
            take(event.target.value, false);
          }}
          onKeyDown={press}
          className="h-6 min-w-24 flex-1 bg-transparent text-sm text-ink outline-none coarse:text-lg"
        />
        {(text || KEYS.some((key) => filter[key])) && (
          <button
            type="button"
            aria-label="Clear all filters"
            className="flex size-6 items-center justify-center rounded text-ink-3 hover:bg-hover hover:text-ink"
            onClick={() => {
              setText('');
              onChange({});
              input.current?.focus();
            }}
          >
            <X className="size-3.5" />
          </button>
        )}
      </div>
      <div
        id={list}
        role="listbox"
        aria-label="Suggestions"
        hidden={offered.length === 0}
        className="absolute top-full left-0 z-30 mt-1 max-h-80 w-full max-w-md overflow-y-auto rounded-lg bg-raised p-1 text-sm shadow-float"
      >
        {offered.map((suggestion, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field's keys choose
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus
          <div
            key={suggestion.text}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === marked}
            onPointerDown={(event) => event.preventDefault()}
            onPointerMove={() => setMarked(index)}
            onClick={() => choose(suggestion)}
            className={cx(
              'flex min-h-8 cursor-default items-baseline gap-3 rounded-md px-2 py-1 coarse:min-h-11 coarse:items-center',
              index === marked && 'bg-selected',
            )}
          >
            <span className="min-w-0 truncate font-mono text-xs text-ink">{suggestion.text}</span>
            <span className="ml-auto truncate text-xs text-ink-3">{suggestion.hint}</span>
          </div>
        ))}
      </div>
      {Object.values(bad).map((words) => (
        <p key={words} role="alert" className="mt-1 flex items-center gap-1.5 text-xs text-warning-text">
          <TriangleAlert aria-hidden="true" className="size-3.5 shrink-0" />
          Not filtered by this: {words}.
        </p>
      ))}
    </div>
  );
}

type ChipProps = {
  name: FilterKey;
  value: string;
  trouble: string | undefined;
  onEdit: () => void;
  onDrop: () => void;
};

function Chip({ name, value, trouble, onEdit, onDrop }: ChipProps) {
  const shown = (name === 'run' || name === 'session') && value.length > 12 ? `${value.slice(0, 8)}…` : value;
  return (
    <span
      className={cx(
        'inline-flex h-6 max-w-full items-center rounded border text-xs',
        trouble ? 'border-warning-text bg-warning-soft' : 'border-line-strong bg-sunken',
      )}
    >
      <button
        type="button"
        title={`${trouble ?? value} – click to edit`}
        onClick={onEdit}
        className="flex h-full min-w-0 items-center gap-1 rounded-l pr-1 pl-1.5 hover:bg-hover"
      >
        <span className="text-ink-3">{name}</span>
        <span className="truncate font-medium text-ink">{shown}</span>
      </button>
      <button
        type="button"
        aria-label={`Remove the filter ${name}`}
        onClick={onDrop}
        className="flex h-full w-6 items-center justify-center rounded-r text-ink-3 hover:bg-hover hover:text-ink"
      >
        <X className="size-3" />
      </button>
    </span>
  );
}
