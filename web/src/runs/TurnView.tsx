import { Markdown } from '@/blocks/Markdown';
import { ProblemView } from '@/blocks/ProblemBlock';
import { CodeBlock } from '@/ui/CodeBlock';
import { formatNumber } from '@/ui/format';
import { DescriptionList } from '@/ui/Table';
import type { RunEvent } from './events';
import type { Step } from './steps';

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** One question to the model: who answered, what it said, what it asked for, and what it cost in tokens. */
export function TurnView({ step }: { step: Step }) {
  const find = <T extends RunEvent['type']>(type: T) =>
    step.records.find(({ event }) => event.type === type)?.event as EventOf<T> | undefined;
  const asked = find('model_asked');
  const answered = find('model_answered');
  const failed = find('model_failed');
  const answer = answered?.answer;
  const tokens = (count: number | null | undefined) =>
    count === null || count === undefined ? null : formatNumber(count);
  return (
    <div className="flex flex-col gap-4">
      {failed && <ProblemView problem={failed.problem} />}
      {answer?.text && <Markdown text={answer.text} />}
      {answer?.tool_calls.map((call) => (
        <CodeBlock
          key={call.id}
          title={`Asked for ${call.name}`}
          code={JSON.stringify(call.arguments, null, 2)}
          language="json"
          maxHeight={240}
        />
      ))}
      <DescriptionList
        items={[
          ['Provider', answer?.provider ?? asked?.provider ?? null],
          [
            'Model',
            answer?.model ? (
              <code key="model" className="font-mono text-xs">
                {answer.model}
              </code>
            ) : null,
          ],
          ['Tools offered', asked ? formatNumber(asked.offered.length) : null],
          ['Tokens in', tokens(answer?.usage?.prompt_tokens)],
          ['From cache', tokens(answer?.usage?.cached_tokens)],
          ['Tokens out', tokens(answer?.usage?.completion_tokens)],
          [
            'Ended because',
            answer
              ? ({
                  stop: 'it was done',
                  tool_calls: 'it asked for calls',
                  length: 'the answer was too long',
                  content_filter: 'the provider filtered it',
                  error: 'of an error',
                }[answer.finish] ?? answer.finish)
              : null,
          ],
        ]}
      />
    </div>
  );
}
