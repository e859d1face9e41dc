import { CircleCheck, OctagonAlert, TriangleAlert } from 'lucide-react';
import { Badge } from '@/ui/Badge';
import type { Tone } from '@/ui/tones';
import type { Risk } from './wire';
import { RISK_WORDS } from './words';

const LOOKS: Record<Risk, { tone: Tone; icon: typeof CircleCheck }> = {
  low: { tone: 'neutral', icon: CircleCheck },
  medium: { tone: 'warning', icon: TriangleAlert },
  high: { tone: 'danger', icon: TriangleAlert },
  critical: { tone: 'danger', icon: OctagonAlert },
};

/** How much harm a call can do, in a word and a sign. */
export function RiskBadge({ risk, reasons }: { risk: Risk; reasons?: string[] }) {
  const { tone, icon: Icon } = LOOKS[risk];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden="true" />} {...(reasons?.length ? { title: reasons.join('\n') } : {})}>
      {RISK_WORDS[risk]}
    </Badge>
  );
}
