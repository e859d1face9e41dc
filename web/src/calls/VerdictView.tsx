import { pieces } from '@/blocks/Shown';
import type { Verdict } from './wire';

const WORDS: Record<Verdict['decision'], string> = { allow: 'allows', ask: 'asks', deny: 'forbids' };

/** Which rules decided, and why the risk is what it is. The strictest rules stand first. */
export function VerdictView({ verdict }: { verdict: Verdict }) {
  const order = { deny: 0, ask: 1, allow: 2 };
  const rules = verdict.rules.toSorted((a, b) => order[a.decision] - order[b.decision]);
  return (
    <ul className="flex min-w-0 flex-col gap-0.5 text-sm">
      {rules.map((rule) => (
        <li key={rule.id} className="break-words">
          {pieces(rule.reason)}{' '}
          <span className="text-xs whitespace-nowrap text-ink-3">
            rule <code className="font-mono">{rule.id}</code> {WORDS[rule.decision]}
          </span>
        </li>
      ))}
      {verdict.risk_reasons.map((reason, index) => (
        <li key={index} className="break-words text-ink-2">
          <span className="text-ink-3">Risk: </span>
          {pieces(reason)}
        </li>
      ))}
    </ul>
  );
}
