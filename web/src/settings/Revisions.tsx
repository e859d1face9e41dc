import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { policyAtQuery, policyRevisionsQuery } from '@/api/queries/settings';
import { Badge } from '@/ui/Badge';
import { Button } from '@/ui/Button';
import { Sheet } from '@/ui/Sheet';
import { ErrorState } from '@/ui/states';
import { RelativeTime } from '@/ui/Time';
import { effectWord, whenWords } from './ruleWords';
import { Section } from './Section';
import { Loading } from './SettingsPage';

/** Revisions listed before one asks for the rest. */
const FIRST = 8;

/** Every state that the rules were ever in: none is overwritten. */
export function Revisions({ now }: { now: number }) {
  const revisions = useQuery(policyRevisionsQuery);
  const [opened, setOpened] = useState<number | null>(null);
  const [isWhole, setIsWhole] = useState(false);
  const list = [...(revisions.data ?? [])].sort((a, b) => b.revision - a.revision);
  return (
    <Section
      title="Revisions"
      about="Each save is kept for good; a decision names the revision that it was made under."
    >
      {revisions.isPending ? (
        <Loading />
      ) : revisions.error ? (
        <ErrorState problem={revisions.error} onRetry={() => void revisions.refetch()} />
      ) : (
        <ul className="flex flex-col">
          {(isWhole ? list : list.slice(0, FIRST)).map((each) => (
            <li key={each.revision} className="flex items-center gap-3 border-b py-2 text-sm last:border-b-0">
              <span className="num w-8 text-ink-3">{each.revision}</span>
              <span className="min-w-0 flex-1 break-words">
                {each.sentence ?? 'The first rules'} {each.by && <span className="text-ink-3">by {each.by}</span>}
              </span>
              {each.revision === now && <Badge tone="success">in force</Badge>}
              <RelativeTime when={each.created_at} className="text-xs text-ink-3 max-sm:hidden" />
              <Button size="sm" variant="ghost" onClick={() => setOpened(each.revision)}>
                Show<span className="sr-only"> revision {each.revision}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {!isWhole && list.length > FIRST && (
        <Button size="sm" className="self-start" onClick={() => setIsWhole(true)}>
          All {list.length} revisions
        </Button>
      )}
      {opened !== null && <Revision revision={opened} onClose={() => setOpened(null)} />}
    </Section>
  );
}

function Revision({ revision, onClose }: { revision: number; onClose: () => void }) {
  const policy = useQuery(policyAtQuery(revision));
  return (
    <Sheet isOpen onClose={onClose} title={`Rules at revision ${revision}`} isModal>
      <div className="p-4">
        {policy.isPending ? (
          <Loading />
        ) : policy.error ? (
          <ErrorState problem={policy.error} />
        ) : (
          <ol className="flex flex-col text-sm">
            {policy.data.rules.map((rule) => {
              const { word, tone, more } = effectWord(rule.effect);
              return (
                <li key={rule.id} className="border-b py-2 last:border-b-0">
                  <Badge tone={tone}>{word}</Badge> <span className="font-medium">{whenWords(rule.when)}</span>{' '}
                  <span className="text-ink-2">{more}</span>
                  <p className="text-xs text-ink-3">
                    <code className="font-mono">{rule.id}</code> · {rule.reason}
                  </p>
                </li>
              );
            })}
          </ol>
        )}
      </div>
    </Sheet>
  );
}
