import { CircleCheck, CircleHelp, CircleX } from 'lucide-react';
import { Blocks } from '@/blocks/Block';
import type { Block } from '@/blocks/kinds';
import { pieces } from '@/blocks/Shown';
import { sentence } from '@/blocks/sentence';
import { cx } from '@/ui/cx';
import { Fold } from './Fold';
import type { Verification } from './wire';

const LOOKS = {
  holds: { icon: CircleCheck, word: 'Verified', tone: 'text-success-text' },
  does_not_hold: { icon: CircleX, word: 'Not as planned', tone: 'text-danger-text' },
  cannot_tell: { icon: CircleHelp, word: 'Could not be verified', tone: 'text-warning-text' },
} as const;

type VerificationViewProps = {
  verification: Verification;
  /** What was seen while planning, to stand beside what is there now. */
  before?: Block[];
};

/** What reading the world back found, with what was there before. */
export function VerificationView({ verification, before = [] }: VerificationViewProps) {
  const { icon: Icon, word, tone } = LOOKS[verification.result];
  const evidence = 'evidence' in verification ? verification.evidence : [];
  return (
    <div className="min-w-0">
      <p className="flex items-start gap-1.5 text-sm">
        <Icon aria-hidden="true" className={cx('mt-0.5 size-4 shrink-0', tone)} />
        <span className="min-w-0 break-words">
          <span className={cx('font-medium', tone)}>{word}:</span> {pieces(sentence(verification.sentence))}
          {'left_behind' in verification &&
            verification.left_behind &&
            ' Something was left behind; it is cleaned up under the same approval.'}
        </span>
      </p>
      {evidence.length > 0 && (
        <div className="pl-5.5">
          <Fold title={before.length > 0 ? 'Before and after' : 'What was found'}>
            {() =>
              before.length === 0 ? (
                <Blocks blocks={evidence} />
              ) : (
                <div className="grid min-w-0 gap-4 lg:grid-cols-2">
                  <Side name="Before" blocks={before} />
                  <Side name="After" blocks={evidence} />
                </div>
              )
            }
          </Fold>
        </div>
      )}
    </div>
  );
}

function Side({ name, blocks }: { name: string; blocks: Block[] }) {
  return (
    <div className="min-w-0">
      <h5 className="pb-1 text-xs font-medium text-ink-3">{name}</h5>
      <Blocks blocks={blocks} />
    </div>
  );
}
