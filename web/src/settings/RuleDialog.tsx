import { useState } from 'react';
import type { Risk, Rule, ToolKind } from '@/api/schema';
import { Button } from '@/ui/Button';
import { Checkbox } from '@/ui/Checkbox';
import { Dialog } from '@/ui/Dialog';
import { Field, TextInput } from '@/ui/Field';
import { Select } from '@/ui/Select';
import { effectWord, listOf, RISKS, whenWords } from './ruleWords';

const ANY = { value: 'any', label: 'Any' } as const;
const KINDS = [ANY, { value: 'query', label: 'Queries' }, { value: 'change', label: 'Changes' }] as const;
const LEVELS = [ANY, ...RISKS.map((risk) => ({ value: risk, label: risk }))];
const EFFECTS = [
  { value: 'allow', label: 'Allow' },
  { value: 'ask', label: 'Ask a person' },
  { value: 'deny', label: 'Deny' },
  { value: 'relax', label: 'Relax' },
] as const;
type Say = (typeof EFFECTS)[number]['value'];

type RuleDialogProps = {
  rule: Rule;
  /** Ids of the other rules. */
  taken: string[];
  onDone: (rule: Rule) => void;
  onClose: () => void;
};

/** One row of the rules. Nothing is saved here: it goes into the draft of the page. */
export function RuleDialog({ rule, taken, onDone, onClose }: RuleDialogProps) {
  const [draft, setDraft] = useState(rule);
  const [lists, setLists] = useState({
    tools: rule.when.tools.join(', '),
    environments: rule.when.environments.join(', '),
    targets: rule.when.targets.join(', '),
    roles: rule.when.roles.join(', '),
  });
  const when = {
    ...draft.when,
    tools: listOf(lists.tools),
    environments: listOf(lists.environments),
    targets: listOf(lists.targets),
    roles: listOf(lists.roles),
  };
  const whole: Rule = { ...draft, when };
  const idError = taken.includes(draft.id) ? 'Another rule has this name.' : undefined;
  const isReady = draft.id !== '' && draft.reason.trim() !== '' && idError === undefined;
  const ask = draft.effect.say === 'ask' ? draft.effect : null;
  const setWhen = (change: Partial<Rule['when']>) => setDraft({ ...draft, when: { ...draft.when, ...change } });
  const effect = effectWord(draft.effect);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={rule.id === '' ? 'New rule' : `Rule ${rule.id}`}
      size="lg"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="rule" variant="primary" disabled={!isReady}>
            Put into the rules
          </Button>
        </>
      }
    >
      <form
        id="rule"
        className="grid grid-cols-2 gap-3 max-sm:grid-cols-1"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) onDone(whole);
        }}
      >
        <p className="col-span-full rounded-md bg-sunken px-3 py-2 text-sm">
          <span className="font-medium">{whenWords(when)}</span> {effect.more}
        </p>
        <Field label="Name" error={idError} hint="Short and stable; it stands on every decision.">
          <TextInput
            value={draft.id}
            placeholder="ask-high"
            onChange={(event) => setDraft({ ...draft, id: event.target.value.trim() })}
          />
        </Field>
        <Field label="Says">
          <Select
            label="Says"
            options={[...EFFECTS]}
            value={draft.effect.say as Say}
            onChange={(say) => setDraft({ ...draft, effect: { say } })}
          />
        </Field>
        {ask && (
          <div className="col-span-full flex flex-wrap gap-4">
            <Checkbox
              label="A written reason is needed"
              isChecked={ask.reason_required ?? false}
              onChange={(isChecked) => setDraft({ ...draft, effect: { ...ask, reason_required: isChecked } })}
            />
            <Checkbox
              label="By somebody else than the one who asked"
              isChecked={ask.second_person ?? false}
              onChange={(isChecked) => setDraft({ ...draft, effect: { ...ask, second_person: isChecked } })}
            />
          </div>
        )}
        <Field label="Why" hint="A sentence for the person who is asked or refused." className="col-span-full">
          <TextInput value={draft.reason} onChange={(event) => setDraft({ ...draft, reason: event.target.value })} />
        </Field>
        <Field label="Kind">
          <Select
            label="Kind"
            options={[...KINDS]}
            value={draft.when.kind ?? 'any'}
            onChange={(kind) => setWhen({ kind: kind === 'any' ? null : (kind as ToolKind) })}
          />
        </Field>
        <Field label="Tools" isOptional hint="Names, with commas; * matches the rest: postgres.*">
          <TextInput value={lists.tools} onChange={(event) => setLists({ ...lists, tools: event.target.value })} />
        </Field>
        <Field label="Risk at least">
          <Select
            label="Risk at least"
            options={LEVELS}
            value={draft.when.risk_at_least ?? 'any'}
            onChange={(risk) => setWhen({ risk_at_least: risk === 'any' ? null : (risk as Risk) })}
          />
        </Field>
        <Field label="Risk at most">
          <Select
            label="Risk at most"
            options={LEVELS}
            value={draft.when.risk_at_most ?? 'any'}
            onChange={(risk) => setWhen({ risk_at_most: risk === 'any' ? null : (risk as Risk) })}
          />
        </Field>
        <Field label="Environments" isOptional>
          <TextInput
            value={lists.environments}
            placeholder="staging, development"
            onChange={(event) => setLists({ ...lists, environments: event.target.value })}
          />
        </Field>
        <Field label="Targets" isOptional>
          <TextInput
            value={lists.targets}
            placeholder="shop-*"
            onChange={(event) => setLists({ ...lists, targets: event.target.value })}
          />
        </Field>
        <Field label="Roles of who asks" isOptional className="col-span-full">
          <TextInput
            value={lists.roles}
            placeholder="developer, viewer"
            onChange={(event) => setLists({ ...lists, roles: event.target.value })}
          />
        </Field>
      </form>
    </Dialog>
  );
}
