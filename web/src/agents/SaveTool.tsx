import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, Plus, Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { isProblem } from '@/api/problem';
import { changeCustomTool, createCustomTool, testCustomTool } from '@/api/queries/customTools';
import { targetsQuery } from '@/api/queries/targets';
import type { CustomTool, SavedToolView } from '@/api/schema';
import { Button } from '@/ui/Button';
import { Field, TextArea, TextInput } from '@/ui/Field';
import { IconButton } from '@/ui/IconButton';
import { Select } from '@/ui/Select';
import { Sheet } from '@/ui/Sheet';
import { InlineError } from '@/ui/states';
import { EMPTY, missingNames, nameOf, parametersOf, type Row, rowsOf, TYPES } from './custom';

type SaveToolProps = { saved: SavedToolView | null; onClose: () => void };

/** A query with its words and parameters, saved as a tool for everybody in the organization. */
export default function SaveTool({ saved, onClose }: SaveToolProps) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<CustomTool>(saved ?? EMPTY);
  const [words, setWords] = useState((saved?.synonyms ?? []).join(', '));
  const [rows, setRows] = useState<Row[]>(() => rowsOf(saved?.parameters ?? []));
  const [isNamed, setNamed] = useState(saved !== null);
  const [targetId, setTargetId] = useState<string | null>(null);
  const nextKey = useRef(1000);
  const targets = (useQuery(targetsQuery).data ?? []).filter((target) => target.plugin === draft.plugin);
  const set = (change: Partial<CustomTool>) => setDraft({ ...draft, ...change });
  const definition = (): CustomTool => ({
    name: draft.name.trim(),
    title: draft.title.trim(),
    description: draft.description.trim(),
    example: draft.example.trim(),
    synonyms: words
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
    plugin: draft.plugin,
    statement: draft.statement,
    parameters: parametersOf(rows),
  });
  const check = useMutation({ mutationFn: () => testCustomTool(definition(), targetId ?? targets[0]?.id ?? null) });
  const save = useMutation({
    mutationFn: () =>
      saved ? changeCustomTool(saved.id, saved.revision, definition()) : createCustomTool(definition()),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['tools'] });
      onClose();
    },
  });
  const failed = save.error ?? check.error;
  const errors: Record<string, string> = Object.fromEntries(
    (isProblem(failed) ? failed.errors : []).map(({ pointer, message }) => [
      (pointer ?? '').replace(/^\/(definition\/)?/, ''),
      message,
    ]),
  );
  const isAtFields = Object.keys(errors).length > 0;
  const addRow = (name: string) =>
    setRows((before) => [...before, { key: nextKey.current++, name, type: 'text', description: '', fallback: '' }]);
  const setRow = (key: number, change: Partial<Row>) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...change } : row)));
  const ask = (mutation: typeof check | typeof save) => {
    check.reset();
    save.reset();
    mutation.mutate(undefined as never);
  };
  return (
    <Sheet
      isOpen
      isModal
      width={720}
      onClose={onClose}
      title={saved ? `Change ${saved.title}` : 'Save a query as a tool'}
      description="It only reads: that is checked now, and again at every run."
      footer={
        <>
          {targets.length > 1 && (
            <Select
              label="Check on"
              options={targets.map((target) => ({ value: target.id, label: `on ${target.name}` }))}
              value={targetId ?? targets[0]?.id ?? null}
              onChange={setTargetId}
            />
          )}
          <Button isBusy={check.isPending} onClick={() => ask(check)}>
            Check
          </Button>
          <span className="flex-1" />
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" isBusy={save.isPending} onClick={() => ask(save)}>
            {saved ? 'Save' : 'Save as a tool'}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-4 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          ask(save);
        }}
      >
        {check.data && (
          <p role="status" className="flex items-center gap-2 text-sm">
            <CircleCheck aria-hidden="true" className="size-4 text-success-text" />
            {check.data.sentence}
          </p>
        )}
        <InlineError problem={isAtFields ? null : failed} />
        <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
          <Field label="Title" error={errors.title}>
            <TextInput
              value={draft.title}
              placeholder="Orders by status"
              onChange={({ target }) =>
                set({ title: target.value, ...(isNamed ? {} : { name: nameOf(target.value) }) })
              }
            />
          </Field>
          <Field
            label="Name"
            error={errors.name}
            hint={`The tool is called ${draft.plugin}.custom_${draft.name || '…'}`}
          >
            <TextInput
              value={draft.name}
              className="font-mono"
              onChange={({ target }) => {
                setNamed(true);
                set({ name: target.value });
              }}
            />
          </Field>
        </div>
        <Field label="What it returns" error={errors.description} hint="One sentence; the assistant reads it.">
          <TextInput value={draft.description} onChange={({ target }) => set({ description: target.value })} />
        </Field>
        <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
          <Field label="Somebody would say" error={errors.example} hint="{target} stands for the target’s name.">
            <TextInput
              value={draft.example}
              placeholder="how many orders are shipped on {target}"
              onChange={({ target }) => set({ example: target.value })}
            />
          </Field>
          <Field label="Other words for it" isOptional error={errors.synonyms} hint="With commas between them.">
            <TextInput value={words} onChange={({ target }) => setWords(target.value)} />
          </Field>
        </div>
        <Field
          label="Statement"
          error={errors.statement}
          hint="One SELECT, VALUES or TABLE. Write :name where a value goes; values are bound, never written into the text."
        >
          <TextArea
            rows={8}
            spellCheck={false}
            className="font-mono text-xs"
            value={draft.statement}
            placeholder="SELECT count(*) FROM orders WHERE status = :status"
            onChange={({ target }) => set({ statement: target.value })}
          />
        </Field>
        <Parameters
          rows={rows}
          errors={errors}
          missing={missingNames(draft.statement, rows)}
          onChange={setRow}
          onAdd={addRow}
          onRemove={(key) => setRows(rows.filter((row) => row.key !== key))}
        />
      </form>
    </Sheet>
  );
}

type ParametersProps = {
  rows: Row[];
  errors: Record<string, string>;
  missing: string[];
  onChange: (key: number, change: Partial<Row>) => void;
  onAdd: (name: string) => void;
  onRemove: (key: number) => void;
};

function Parameters({ rows, errors, missing, onChange, onAdd, onRemove }: ParametersProps) {
  const errorAt = (at: number) =>
    Object.entries(errors)
      .filter(([field]) => field.startsWith(`parameters/${at}/`))
      .map(([field, message]) => `${field.split('/').at(-1)}: ${message}`)
      .join(' ');
  return (
    <section aria-label="Parameters" className="flex flex-col gap-2">
      <h3 className="text-xs font-medium text-ink-2">Parameters</h3>
      {rows.map((row, at) => (
        <div key={row.key} className="flex min-w-0 flex-col gap-1">
          <div className="grid grid-cols-[1fr_auto_2fr_1fr_auto] items-center gap-2 max-sm:grid-cols-2">
            <TextInput
              aria-label={`Name of parameter ${at + 1}`}
              value={row.name}
              className="font-mono"
              onChange={({ target }) => onChange(row.key, { name: target.value })}
            />
            <Select
              label={`Type of ${row.name}`}
              options={TYPES}
              value={row.type}
              onChange={(type) => onChange(row.key, { type })}
            />
            <TextInput
              aria-label={`What ${row.name} is`}
              placeholder="What it is"
              value={row.description}
              onChange={({ target }) => onChange(row.key, { description: target.value })}
            />
            <TextInput
              aria-label={`Value of ${row.name} when none is given`}
              placeholder="required"
              value={row.fallback}
              onChange={({ target }) => onChange(row.key, { fallback: target.value })}
            />
            <IconButton label={`Remove ${row.name}`} icon={<Trash2 />} onClick={() => onRemove(row.key)} />
          </div>
          {errorAt(at) !== '' && <p className="text-xs text-danger-text">{errorAt(at)}</p>}
        </div>
      ))}
      <div className="flex flex-wrap gap-2">
        {missing.map((name) => (
          <Button key={name} size="sm" icon={<Plus />} onClick={() => onAdd(name)}>
            :{name}
          </Button>
        ))}
        {missing.length === 0 && (
          <Button size="sm" variant="ghost" icon={<Plus />} onClick={() => onAdd('')}>
            Add a parameter
          </Button>
        )}
      </div>
    </section>
  );
}
