import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { newKey } from '@/api/idempotency';
import { execute } from '@/api/queries/agents';
import { runQuery } from '@/api/queries/runs';
import type { RunView, TargetView, ToolSpec } from '@/api/schema';
import { ExecutionCard } from '@/calls/ExecutionCard';
import { isOver } from '@/runs/states';
import { Button } from '@/ui/Button';
import { Sheet } from '@/ui/Sheet';
import { InlineError } from '@/ui/states';
import { bodyOf, type FormValues, fieldsOf, valuesOf } from './form/fields';
import { SchemaForm } from './form/SchemaForm';

type CallToolProps = { target: TargetView; tool: ToolSpec; onClose: () => void };

/** A tool called by hand. A query answers here; a change is planned and judged, and may wait for a person. */
export function CallTool({ target, tool, onClose }: CallToolProps) {
  const fields = useMemo(() => fieldsOf(tool.input_schema), [tool]);
  const [values, setValues] = useState<FormValues>(() => valuesOf(fields));
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const call = useMutation({
    mutationFn: ({ body, key }: { body: Record<string, unknown>; key: string }) =>
      execute(target.server_id, target.id, tool.name, body, key),
  });
  return (
    <Sheet
      isOpen
      isModal
      width={640}
      onClose={onClose}
      title={tool.title}
      description={`${tool.name} on ${target.name}`}
      footer={
        <>
          <p className="min-w-0 flex-1 text-xs text-ink-3">
            {tool.kind === 'query' ? 'It only reads.' : 'It is planned and judged first; nothing is done before that.'}
          </p>
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" form="call" variant="primary" isBusy={call.isPending}>
            {tool.kind === 'query' ? 'Run' : 'Propose'}
          </Button>
        </>
      }
    >
      <form
        id="call"
        className="flex flex-col gap-4 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          const read = bodyOf(fields, values);
          setWrong(read.errors);
          if (Object.keys(read.errors).length === 0) call.mutate({ body: read.body, key: newKey() });
        }}
      >
        {fields.length === 0 && <p className="text-sm text-ink-2">It takes no arguments.</p>}
        <SchemaForm fields={fields} values={values} onChange={setValues} errors={wrong} />
        <InlineError problem={call.error} />
      </form>
      {call.data && <Result key={call.data.id} first={call.data} />}
    </Sheet>
  );
}

/** What comes of it, live. */
function Result({ first }: { first: RunView }) {
  const run =
    useQuery({
      ...runQuery(first.id),
      initialData: first,
      // Live events make it stale; this is for when the live connection is away.
      refetchInterval: (query) => (isOver(query.state.data?.status ?? 'pending') ? false : 5_000),
    }).data ?? first;
  return (
    <section aria-label="What came of it" aria-live="polite" className="flex flex-col gap-3 border-t p-4">
      <InlineError problem={run.problem ?? null} />
      {(run.executions ?? []).map((execution) => (
        <ExecutionCard key={execution.id} execution={execution} isLatest density="page" />
      ))}
      <p className="text-xs text-ink-3">
        <Link to="/runs/$id" params={{ id: run.id }} className="underline underline-offset-2 hover:text-ink">
          This run
        </Link>{' '}
        keeps every step.
      </p>
    </section>
  );
}
