import type { Plan, Risk, Undo } from './wire';
import { callInWords, factInWords, RISK_WORDS } from './words';

/** A plan as text, to paste into a ticket. */
export function planText(plan: Plan, risk: Risk): string {
  const lines = [
    plan.summary,
    `On ${plan.target.name} (${plan.target.environment || 'production'}), ${RISK_WORDS[risk]}`,
    '',
    ...plan.steps.flatMap(({ literal, note }) => (note ? [literal, `  ${note}`] : [literal])),
    '',
    undoText(plan.undo),
    ...plan.touches.map(({ kind, name, how }) => `Touches ${kind} ${name}${how ? `: ${how}` : ''}`),
    ...plan.facts.map((fact) => `Impact: ${factInWords(fact)}`),
    ...plan.warnings.map((warning) => `Note: ${warning}`),
  ];
  return lines.join('\n');
}

function undoText(undo: Undo): string {
  switch (undo.kind) {
    case 'reversible':
      return `Undo: ${undo.call ? callInWords(undo.call) : undo.steps.map(({ literal }) => literal).join('; ') || 'possible'}`;
    case 'backed_up':
      return `Undo: backed up at ${undo.location}`;
    case 'irreversible':
      return `Cannot be undone: ${undo.why}`;
    case 'not_needed':
      return `Nothing to undo: ${undo.why}`;
  }
}
