import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { removeCustomTool } from '@/api/queries/customTools';
import { targetsQuery } from '@/api/queries/targets';
import type { Listed, SavedToolView } from '@/api/schema';
import { RiskBadge } from '@/calls/RiskBadge';
import { Button } from '@/ui/Button';
import { CodeBlock } from '@/ui/CodeBlock';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { Sheet } from '@/ui/Sheet';
import { InlineError } from '@/ui/states';
import { DescriptionList } from '@/ui/Table';
import { CallTool } from './CallTool';
import { fieldsOf } from './form/fields';
import { InWords } from './form/InWords';

type ToolSheetProps = {
  tool: Listed;
  /** The saved query behind it, for those who may change it. */
  saved: SavedToolView | undefined;
  onEdit: (saved: SavedToolView) => void;
  onClose: () => void;
};

/** Everything about one tool, and the targets it can be called on. */
export function ToolSheet({ tool, saved, onEdit, onClose }: ToolSheetProps) {
  const plugin = tool.name.split('.')[0];
  const targets = (useQuery(targetsQuery).data ?? []).filter((target) => target.plugin === plugin && target.is_enabled);
  const [targetId, setTargetId] = useState<string | null>(null);
  const target = targets.find((each) => each.id === targetId);
  if (target) return <CallTool target={target} tool={tool} onClose={() => setTargetId(null)} />;
  const fields = fieldsOf(tool.input_schema);
  return (
    <Sheet isOpen onClose={onClose} title={tool.title} description={tool.name}>
      <div className="flex flex-col gap-6 p-4">
        <p className="text-sm">{tool.description}</p>
        <DescriptionList
          items={[
            ['Least risk', <RiskBadge key="risk" risk={tool.floor} />],
            ['Kind', tool.kind === 'query' ? 'a query: it only reads' : 'a change: planned, judged and verified'],
            ['Category', tool.category],
            [
              'Right',
              <code key="right" className="font-mono text-xs">
                {tool.permission}
              </code>,
            ],
            ['Say', `“${tool.example.replaceAll('{target}', targets[0]?.name ?? 'the target')}”`],
          ]}
        />
        <section aria-label="Arguments">
          <h3 className="mb-2 text-sm font-semibold">Arguments</h3>
          {fields.length === 0 ? (
            <p className="text-sm text-ink-2">It takes none.</p>
          ) : (
            <dl className="flex flex-col gap-2 text-sm">
              {fields.map((field) => (
                <div key={field.name}>
                  <dt className="flex items-baseline gap-2">
                    <code className="font-mono text-xs">{field.name}</code>
                    {!field.isRequired && <span className="text-xs text-ink-3">optional</span>}
                  </dt>
                  <dd className="text-ink-2">
                    <InWords text={field.description} />
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </section>
        {tool.is_allowed && targets.length > 0 && (
          <section aria-label="Call it" className="flex flex-wrap gap-2">
            {targets.map((each) => (
              <Button key={each.id} size="sm" onClick={() => setTargetId(each.id)}>
                {tool.kind === 'query' ? 'Run' : 'Propose'} on {each.name}
              </Button>
            ))}
          </section>
        )}
        {saved && <Saved saved={saved} onEdit={() => onEdit(saved)} onRemoved={onClose} />}
      </div>
    </Sheet>
  );
}

type SavedProps = { saved: SavedToolView; onEdit: () => void; onRemoved: () => void };

/** The statement behind a saved query, and what can be done with it. */
function Saved({ saved, onEdit, onRemoved }: SavedProps) {
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => removeCustomTool(saved.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['tools'] });
      onRemoved();
    },
  });
  return (
    <section aria-label="The saved query" className="flex min-w-0 flex-col gap-2">
      <CodeBlock title={`Saved by ${saved.changed_by}`} code={saved.statement} language="sql" maxHeight={240} />
      <InlineError problem={remove.error} />
      <div className="flex gap-2">
        <Button size="sm" onClick={onEdit}>
          Edit
        </Button>
        <Button size="sm" variant="danger-quiet" onClick={() => setAsking(true)}>
          Remove
        </Button>
      </div>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={`Remove ${saved.title}?`}
        confirm="Remove"
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        <p>Nobody is offered it any more. What was read with it stays in the runs and the audit log.</p>
      </ConfirmDialog>
    </section>
  );
}
