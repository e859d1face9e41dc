import { type ReactNode, useEffect, useState } from 'react';
import { Block } from '@/blocks/Block';
import { Markdown } from '@/blocks/Markdown';
import { ApprovalCard } from '@/calls/ApprovalCard';
import { CallCard } from '@/calls/CallCard';
import { EnvironmentBadge } from '@/calls/EnvironmentBadge';
import { questionOfApproval } from '@/calls/question';
import { ResourceCard } from '@/calls/ResourceCard';
import { RiskBadge } from '@/calls/RiskBadge';
import { TargetChip } from '@/calls/TargetChip';
import { UsageChip } from '@/calls/UsageChip';
import { Button } from '@/ui/Button';
import { blocks } from './blocks';
import { approvals, calls, plan } from './calls';

/** `?show=blocks|approvals|calls|small` shows one part; `&only=…` the samples whose name holds these words. */
const search = new URLSearchParams(location.search);
const part = search.get('show');
const only = search.get('only') ?? '';

export function Gallery() {
  const [said, setSaid] = useState('');
  const isShown = (name: string) => part === null || part === name;
  const isWanted = ([name]: [string, unknown]) => name.includes(only);
  return (
    <main className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-3xl flex-col gap-6 px-4 py-6">
        <h1 className="text-xl font-semibold">Gallery</h1>
        <p role="status" className="text-xs text-ink-3" data-said="">
          {said}
        </p>
        {isShown('small') && <Small />}
        {isShown('approvals') &&
          approvals
            .map((view): [string, ReactNode] => [
              view.id,
              <ApprovalCard
                key={view.id}
                approval={questionOfApproval(view)}
                density={view.id.endsWith('own') ? 'queue' : view.id.endsWith('rejected') ? 'page' : 'chat'}
              />,
            ])
            .filter(isWanted)
            .map(([name, card]) => <Sample key={name} name={name} child={card} />)}
        {isShown('calls') &&
          calls
            .filter(isWanted)
            .map(([name, call]) => (
              <Sample
                key={name}
                name={name}
                child={
                  <CallCard
                    call={call}
                    isLatest={search.has('open')}
                    onSuggest={(wanted) => setSaid(`asked for ${wanted.tool}`)}
                  />
                }
              />
            ))}
        {isShown('blocks') &&
          blocks
            .filter(isWanted)
            .map(([name, block]) => <Sample key={name} name={name} child={<Block block={block} />} />)}
        {isShown('stream') && <Streaming />}
      </div>
    </main>
  );
}

function Sample({ name, child }: { name: string; child: ReactNode }) {
  return (
    <section data-sample={name} className="min-w-0">
      <h2 className="pb-1.5 text-2xs tracking-wide text-ink-3 uppercase">{name}</h2>
      {child}
    </section>
  );
}

function Small() {
  return (
    <div className="flex flex-wrap items-center gap-3" data-sample="small">
      {(['low', 'medium', 'high', 'critical'] as const).map((risk) => (
        <RiskBadge key={risk} risk={risk} />
      ))}
      <EnvironmentBadge environment="production" />
      <EnvironmentBadge environment="staging" />
      <TargetChip target={plan.target} />
      <UsageChip
        usage={{ prompt_tokens: 18_220, completion_tokens: 912, cached_tokens: 16_000 }}
        costUsd={0.0213}
        model="large-1"
      />
      <ResourceCard
        kind="table"
        name="public.orders"
        facts={[
          ['size', '1.1 GiB'],
          ['rows', '4,812,330'],
        ]}
        badges={<EnvironmentBadge environment="production" />}
        actions={[{ label: 'Ask about it', onSelect: () => undefined }]}
      />
    </div>
  );
}

const LONG_ANSWER = `## Growing answer\n\nSome **words** and \`code\`.\n\n\`\`\`sql\n${Array.from({ length: 40 }, (_, at) => `SELECT ${at} FROM orders WHERE id = ${at};`).join('\n')}\n\`\`\`\n\n${'More words come here, and more of them. '.repeat(60)}`;

/** An answer that grows by 200 small pieces a second. */
function Streaming() {
  const [length, setLength] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setLength((now) => Math.min(LONG_ANSWER.length, now + 20)), 25);
    return () => clearInterval(timer);
  }, []);
  return (
    <div data-sample="stream">
      <input aria-label="Typing test" className="mb-2 border" />
      <Button onClick={() => setLength(0)}>Again</Button>
      <Markdown text={LONG_ANSWER.slice(0, length)} isStreaming={length < LONG_ANSWER.length} />
    </div>
  );
}
