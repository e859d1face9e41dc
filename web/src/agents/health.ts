import type { TargetView } from '@/api/schema';
import type { Tone } from '@/ui/tones';

export type HealthLook = { tone: Tone; word: string };

const LOOKS: Record<string, HealthLook> = {
  healthy: { tone: 'success', word: 'Healthy' },
  degraded: { tone: 'warning', word: 'Degraded' },
  down: { tone: 'danger', word: 'Down' },
};

/** The state of a target as a word and its tone. */
export function healthLook(target: Pick<TargetView, 'health' | 'is_enabled'>): HealthLook {
  if (!target.is_enabled) return { tone: 'neutral', word: 'Disabled' };
  return LOOKS[target.health?.state ?? ''] ?? { tone: 'neutral', word: 'Not looked at yet' };
}

/** What needs a look comes first, then the names. */
export function byNeed(a: TargetView, b: TargetView): number {
  const rank = (target: TargetView) =>
    ['Down', 'Degraded', 'Not looked at yet', 'Healthy', 'Disabled'].indexOf(healthLook(target).word);
  return rank(a) - rank(b) || a.name.localeCompare(b.name);
}
