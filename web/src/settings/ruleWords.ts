import type { Rule, RuleEffect, When } from '@/api/schema';
import type { Tone } from '@/ui/tones';

export const RISKS = ['low', 'medium', 'high', 'critical'] as const;

/** The effect of a rule as a word and its tone. */
export function effectWord(effect: RuleEffect): { word: string; tone: Tone; more: string } {
  switch (effect.say) {
    case 'allow':
      return { word: 'allow', tone: 'success', more: 'runs at once' };
    case 'ask': {
      const asks = [
        'waits for a person',
        effect.reason_required && 'a written reason is needed',
        effect.second_person && 'not the one who asked',
      ];
      return { word: 'ask', tone: 'warning', more: asks.filter(Boolean).join('; ') };
    }
    case 'deny':
      return { word: 'deny', tone: 'danger', more: 'never runs' };
    case 'relax':
      return { word: 'relax', tone: 'accent', more: 'runs at once although other rules ask; never over a deny' };
  }
}

/** When a rule matches, as a sentence without its full stop. */
export function whenWords(when: When): string {
  const parts: string[] = [];
  const kind = when.kind === 'query' ? 'queries' : when.kind === 'change' ? 'changes' : 'every call';
  parts.push(when.tools.length > 0 ? when.tools.join(', ') : kind);
  if (when.tools.length > 0 && when.kind) parts.push(`(${kind})`);
  const { risk_at_least: least, risk_at_most: most } = when;
  const only = least === 'critical' ? least : most === 'low' ? most : least === most ? least : null;
  if (only) parts.push(`with ${only} risk`);
  else if (least && most) parts.push(`with ${least} to ${most} risk`);
  else if (least) parts.push(`with ${least} risk or more`);
  else if (most) parts.push(`with at most ${most} risk`);
  if (when.environments.length > 0) parts.push(`in ${when.environments.join(', ')}`);
  if (when.targets.length > 0) parts.push(`on ${when.targets.join(', ')}`);
  if (when.roles.length > 0) parts.push(`asked by ${when.roles.join(', ')}`);
  return parts.join(' ');
}

/** A rule with nothing filled in yet. */
export function newRule(id: string): Rule {
  return {
    id,
    reason: '',
    effect: { say: 'ask' },
    when: { tools: [], kind: null, risk_at_least: null, risk_at_most: null, environments: [], targets: [], roles: [] },
    examples: [],
  };
}

/** "a, b" as a list; empty entries are left out. */
export const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
