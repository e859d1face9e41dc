import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { useMemo, useState } from 'react';
import { isProblem } from '@/api/problem';
import { changeTarget, createTarget, testSettings } from '@/api/queries/agents';
import type { Health, PluginType, TargetView } from '@/api/schema';
import { Button } from '@/ui/Button';
import { Combobox } from '@/ui/Combobox';
import { Field, TextInput } from '@/ui/Field';
import { Sheet } from '@/ui/Sheet';
import { StatusDot } from '@/ui/StatusDot';
import { InlineError } from '@/ui/states';
import { bodyOf, errorsByField, type FormValues, fieldsOf, valuesOf } from './form/fields';
import { SchemaForm } from './form/SchemaForm';
import { healthLook } from './health';

const ENVIRONMENTS = ['production', 'staging', 'development', 'test'].map((name) => ({ value: name, label: name }));

type TargetFormProps = {
  serverId: string;
  plugin: PluginType;
  /** The target to edit; a new one otherwise. */
  target?: TargetView;
  onClose: () => void;
  onSaved: (target: TargetView) => void;
};

/** Adds a target, or edits one, by the form that its plugin describes. */
export function TargetForm({ serverId, plugin, target, onClose, onSaved }: TargetFormProps) {
  const client = useQueryClient();
  const fields = useMemo(() => fieldsOf(plugin.settings_schema), [plugin]);
  const [name, setName] = useState(target?.name ?? '');
  const [environment, setEnvironment] = useState(target?.environment ?? 'production');
  const [values, setValues] = useState<FormValues>(() => valuesOf(fields, target?.settings ?? {}));
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const test = useMutation({
    mutationFn: (body: Record<string, unknown>) => testSettings(plugin.name, body, target?.id),
  });
  const save = useMutation({
    mutationFn: (body: Record<string, unknown>) => {
      const common = { name: name.trim(), environment, settings: body as never };
      return target
        ? changeTarget(serverId, target.id, { ...common, revision: target.revision })
        : createTarget(serverId, { ...common, plugin: plugin.name });
    },
    onSuccess: (saved) => {
      for (const queryKey of [['targets'], ['servers'], ['tools'], ['overview']])
        void client.invalidateQueries({ queryKey });
      onSaved(saved);
    },
  });
  const failed = save.error ?? test.error;
  const ofServer = isProblem(failed) ? failed.errors : [];
  const errors = { ...errorsByField(ofServer, '/settings'), ...wrong };
  const outer = errorsByField(ofServer, '');
  const withBody = (act: (body: Record<string, unknown>) => void) => {
    const read = bodyOf(fields, values);
    setWrong(read.errors);
    // One of the two answers is shown: that of the button pressed last.
    save.reset();
    test.reset();
    if (Object.keys(read.errors).length === 0) act(read.body);
  };
  return (
    <Sheet
      isOpen
      isModal
      onClose={onClose}
      title={target ? `Edit ${target.name}` : `Add a ${plugin.title} target`}
      description={plugin.description}
      footer={
        <>
          {/* Beside the button that was pressed: the end of a long form may be out of sight. */}
          {test.data && <Tried health={test.data} />}
          <InlineError problem={failed} className="w-full" />
          <Button isBusy={test.isPending} onClick={() => withBody((body) => test.mutate(body))}>
            Test
          </Button>
          <span className="flex-1" />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="target" variant="primary" isBusy={save.isPending} disabled={name.trim() === ''}>
            {target ? 'Save' : 'Add'}
          </Button>
        </>
      }
    >
      <form
        id="target"
        className="flex flex-col gap-4 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') withBody((body) => save.mutate(body));
        }}
      >
        <Field label="Name" error={outer.name} hint="What people call it: orders-db.">
          <TextInput
            value={name}
            maxLength={63}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field label="Environment" error={outer.environment} hint="Rules look at it. Production is the careful choice.">
          <Combobox
            options={ENVIRONMENTS}
            value={environment}
            onChange={(value) => value !== null && setEnvironment(value)}
          />
        </Field>
        <SchemaForm
          fields={fields}
          values={values}
          onChange={setValues}
          errors={errors}
          secretsSet={target?.secrets_set ?? []}
        />
        {target && (
          <p className="text-xs text-ink-3">
            Saving makes revision {target.revision + 1}; approvals for the older revision no longer hold.
          </p>
        )}
      </form>
    </Sheet>
  );
}

function Tried({ health }: { health: Health }) {
  const { tone, word } = healthLook({ health, is_enabled: true });
  return (
    <div role="status" className="flex w-full items-start gap-2 rounded-md bg-sunken px-3 py-2 text-sm">
      {health.state === 'healthy' ? (
        <CircleCheck aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-success-text" />
      ) : (
        <StatusDot tone={tone} label={word} isLabelHidden className="mt-1.5" />
      )}
      <p className="min-w-0 break-words">
        <span className="font-medium">{word}.</span> {health.sentence}
      </p>
    </div>
  );
}
