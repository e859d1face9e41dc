import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { simulateQuery } from '@/api/queries/settings';
import { targetsQuery } from '@/api/queries/targets';
import { toolsQuery } from '@/api/queries/tools';
import type { Simulated } from '@/api/schema';
import { Badge } from '@/ui/Badge';
import { Combobox } from '@/ui/Combobox';
import { Field } from '@/ui/Field';
import { EmptyState, ErrorState } from '@/ui/states';
import { Table, Td, Th, Tr } from '@/ui/Table';
import type { Tone } from '@/ui/tones';
import { Section } from './Section';
import { Loading } from './SettingsPage';

const ROLES = ['owner', 'operator', 'developer', 'viewer'] as const;
const TONES: Record<string, Tone> = { allow: 'success', ask: 'warning', deny: 'danger' };

/** "Who may do what where, and why": what the judge would say, by the tool's least risk. */
export default function SimulateSection() {
  const tools = useQuery(toolsQuery());
  const targets = useQuery(targetsQuery);
  const [targetId, setTargetId] = useState<string | null>(null);
  const [tool, setTool] = useState<string | null>(null);
  const target = targets.data?.find((each) => each.id === targetId);
  const fitting = tools.data?.filter((each) => !target || each.name.startsWith(`${target.plugin}.`)) ?? [];
  const isFitting = fitting.some((each) => each.name === tool);
  return (
    <Section
      title="Simulate"
      about="Who may do what where, and why. The facts of a real plan (rows touched, no undo, replicas) can only make the answer stricter."
    >
      <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
        <Field label="Target">
          <Combobox
            placeholder="Choose a target"
            options={(targets.data ?? []).map((each) => ({ value: each.id, label: each.name, hint: each.environment }))}
            value={targetId}
            onChange={setTargetId}
          />
        </Field>
        <Field label="Tool">
          <Combobox
            placeholder={target ? `A tool of ${target.plugin}` : 'Choose a target first'}
            isDisabled={!target}
            options={fitting.map((each) => ({ value: each.name, label: each.title, hint: each.name }))}
            value={isFitting ? tool : null}
            onChange={setTool}
          />
        </Field>
      </div>
      {targetId && tool && isFitting ? (
        <Answers tool={tool} targetId={targetId} />
      ) : (
        <EmptyState className="py-10" title="Choose a target and a tool.">
          The answer for each role is shown here, with every rule that matched.
        </EmptyState>
      )}
    </Section>
  );
}

function Answers({ tool, targetId }: { tool: string; targetId: string }) {
  const answers = useQuery(simulateQuery(tool, targetId, ROLES));
  if (answers.isPending) return <Loading />;
  if (answers.error) return <ErrorState problem={answers.error} onRetry={() => void answers.refetch()} />;
  return (
    <Table label={`What happens when a role asks for ${tool}`}>
      <thead>
        <tr>
          <Th>Role</Th>
          <Th>Answer</Th>
          <Th>Why</Th>
        </tr>
      </thead>
      <tbody>
        {ROLES.map((role, index) => {
          const answer = answers.data[index];
          return (
            <Tr key={role}>
              <Td className="font-medium">{role}</Td>
              <Td>{answer && <Answer answer={answer} />}</Td>
              <Td className="py-2 text-ink-2">{answer && <Why answer={answer} />}</Td>
            </Tr>
          );
        })}
      </tbody>
    </Table>
  );
}

function Answer({ answer }: { answer: Simulated }) {
  if (!answer.is_permitted) return <Badge tone="danger">no right</Badge>;
  return <Badge tone={TONES[answer.verdict.decision] ?? 'neutral'}>{answer.verdict.decision}</Badge>;
}

function Why({ answer }: { answer: Simulated }) {
  if (!answer.is_permitted) {
    return (
      <>
        the role does not give <code className="font-mono text-xs">{answer.permission}</code>
      </>
    );
  }
  const { verdict } = answer;
  const extras = [
    verdict.reason_required && 'a written reason is needed',
    verdict.second_person && 'by a second person',
  ];
  return (
    <ul className="flex flex-col gap-0.5">
      {verdict.rules.map((rule) => (
        <li key={rule.id}>
          {rule.reason} <code className="font-mono text-xs text-ink-3">{rule.id}</code>
        </li>
      ))}
      {extras.filter(Boolean).map((extra) => (
        <li key={String(extra)}>{extra}</li>
      ))}
      {verdict.rules.length === 0 && <li>no rule matches, so a person is asked</li>}
    </ul>
  );
}
