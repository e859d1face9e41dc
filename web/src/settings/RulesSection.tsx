import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Ellipsis, Plus } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '@/api/queries/me';
import { policyQuery, savePolicy } from '@/api/queries/settings';
import type { Policy, Rule } from '@/api/schema';
import { Badge } from '@/ui/Badge';
import { Button } from '@/ui/Button';
import { Field, NumberInput } from '@/ui/Field';
import { IconButton } from '@/ui/IconButton';
import { Menu } from '@/ui/Menu';
import { Switch } from '@/ui/Switch';
import { ErrorState, InlineError } from '@/ui/states';
import { useToast } from '@/ui/Toast';
import { Revisions } from './Revisions';
import { RuleDialog } from './RuleDialog';
import { effectWord, newRule, whenWords } from './ruleWords';
import { Section } from './Section';
import { Loading } from './SettingsPage';

export default function RulesSection() {
  const policy = useQuery(policyQuery);
  if (policy.isPending) return <Loading />;
  if (policy.error) return <ErrorState problem={policy.error} onRetry={() => void policy.refetch()} />;
  // A new revision begins a new draft: rules saved by somebody else are never silently written over.
  return <Rules key={policy.data.revision} policy={policy.data} />;
}

function Rules({ policy }: { policy: Policy }) {
  const mayManage = useMay('policy:manage');
  const toast = useToast();
  const client = useQueryClient();
  const [draft, setDraft] = useState(policy);
  const [editing, setEditing] = useState<{ index: number; rule: Rule } | null>(null);
  const save = useMutation({
    mutationFn: () => savePolicy(draft),
    onSuccess: (saved) => {
      toast({
        title: `Rules are at revision ${saved.revision}`,
        text: 'Open approvals were for the old rules and no longer hold.',
      });
      void client.invalidateQueries({ queryKey: ['policy'] });
      void client.invalidateQueries({ queryKey: ['approvals'] });
    },
  });
  const isChanged = JSON.stringify(draft) !== JSON.stringify(policy);
  const put = (rules: Rule[]) => setDraft({ ...draft, rules });
  const move = (from: number, to: number) => {
    const rules = [...draft.rules];
    const [rule] = rules.splice(from, 1);
    if (rule) rules.splice(to, 0, rule);
    put(rules);
  };
  return (
    <>
      <Section
        title="Rules"
        about={
          <>
            Every call is judged by all rules that match; the strictest wins, and no match means that a person is asked.
            Try them in{' '}
            <Link
              to="/settings/$section"
              params={{ section: 'simulate' }}
              className="text-accent-text underline underline-offset-2"
            >
              Simulate
            </Link>
            .
          </>
        }
        actions={
          mayManage && (
            <Button icon={<Plus />} onClick={() => setEditing({ index: draft.rules.length, rule: newRule('') })}>
              Add rule
            </Button>
          )
        }
      >
        <ol className="flex flex-col">
          {draft.rules.map((rule, index) => {
            const { word, tone, more } = effectWord(rule.effect);
            return (
              <li key={rule.id} className="flex items-start gap-3 border-b py-2.5 last:border-b-0">
                <Badge tone={tone} className="mt-0.5 w-14 justify-center">
                  {word}
                </Badge>
                <div className="min-w-0 flex-1 text-sm">
                  <p className="break-words">
                    <span className="font-medium">{whenWords(rule.when)}</span>{' '}
                    <span className="text-ink-2">{more}</span>
                  </p>
                  <p className="text-xs break-words text-ink-3">
                    <code className="font-mono">{rule.id}</code> · {rule.reason}
                  </p>
                </div>
                {mayManage && (
                  <Menu
                    trigger={
                      <IconButton label={`What can be done with the rule ${rule.id}`} icon={<Ellipsis />} size="sm" />
                    }
                    items={[
                      { label: 'Edit', onSelect: () => setEditing({ index, rule }) },
                      index > 0 && { label: 'Move up', onSelect: () => move(index, index - 1) },
                      index < draft.rules.length - 1 && { label: 'Move down', onSelect: () => move(index, index + 1) },
                      'separator',
                      {
                        label: 'Remove',
                        isDanger: true,
                        onSelect: () => put(draft.rules.filter((_, at) => at !== index)),
                      },
                    ]}
                  />
                )}
              </li>
            );
          })}
        </ol>
      </Section>
      <Section title="Approvals">
        <div className="flex flex-col gap-4">
          <Switch
            label="Four eyes"
            hint="A critical change is approved by somebody else than the one who asked."
            isOn={draft.four_eyes}
            isDisabled={!mayManage}
            onChange={(isOn) => setDraft({ ...draft, four_eyes: isOn })}
          />
          <Field label="An approval may be used for" hint="Then it expires, waiting or granted." className="max-w-64">
            <NumberInput
              value={draft.approval_minutes}
              min={1}
              max={1440}
              unit="min"
              disabled={!mayManage}
              onChange={(minutes) => minutes !== null && setDraft({ ...draft, approval_minutes: minutes })}
            />
          </Field>
        </div>
      </Section>
      {isChanged && (
        <div className="sticky bottom-4 z-10 mt-4 flex flex-wrap items-center gap-3 rounded-lg bg-raised px-4 py-3 shadow-float">
          <div className="min-w-0 flex-1 text-sm">
            <p className="font-medium">These rules are not saved yet.</p>
            <p className="text-ink-2">
              Saving makes revision {policy.revision + 1}; approvals that wait now are asked for again.
            </p>
            <InlineError problem={save.error} />
          </div>
          <Button onClick={() => setDraft(policy)}>Discard</Button>
          <Button variant="primary" isBusy={save.isPending} onClick={() => save.mutate()}>
            Save rules
          </Button>
        </div>
      )}
      <Revisions now={policy.revision} />
      {editing && (
        <RuleDialog
          rule={editing.rule}
          taken={draft.rules.filter((_, at) => at !== editing.index).map((rule) => rule.id)}
          onClose={() => setEditing(null)}
          onDone={(rule) => {
            put([...draft.rules.slice(0, editing.index), rule, ...draft.rules.slice(editing.index + 1)]);
            setEditing(null);
          }}
        />
      )}
    </>
  );
}
