import { Code } from '@/blocks/Code';
import { pieces } from '@/blocks/Shown';
import type { Step } from './wire';

const KINDS: Record<Step['kind'], { word: string; language: string | null }> = {
  sql: { word: 'Statement', language: 'sql' },
  signal: { word: 'Signal', language: null },
  command: { word: 'Command', language: 'bash' },
  request: { word: 'Request', language: null },
};

/** What is carried out, literally and in order. */
export function Steps({ steps }: { steps: Step[] }) {
  if (steps.length === 0) return <p className="text-sm text-ink-3">Nothing is carried out.</p>;
  return (
    <ol className="flex min-w-0 flex-col gap-1.5">
      {steps.map((step, index) => {
        const { word, language } = KINDS[step.kind];
        return (
          <li key={index} className="min-w-0">
            {(step.kind !== 'sql' || steps.length > 1) && (
              <p className="pb-0.5 text-2xs text-ink-3">
                {steps.length > 1 && `${index + 1}. `}
                {word}
              </p>
            )}
            <Code
              isWrapped
              code={step.literal}
              language={language}
              label={steps.length > 1 ? `${word} ${index + 1}` : word}
            />
            {step.note && <p className="pt-0.5 text-xs break-words text-ink-2">{pieces(step.note)}</p>}
          </li>
        );
      })}
    </ol>
  );
}

/** All of them as one text, to take elsewhere. */
export const statementsOf = (steps: Step[]) => steps.map(({ literal }) => literal).join('\n');
