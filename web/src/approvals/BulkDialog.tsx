import { useQueryClient } from '@tanstack/react-query';
import { Check, CircleDashed, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { approve, reject } from '@/api/queries/approvals';
import type { ApprovalView } from '@/api/schema';
import { pieces } from '@/blocks/Shown';
import { RiskBadge } from '@/calls/RiskBadge';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Field, TextInput } from '@/ui/Field';
import { plural } from '@/ui/format';
import { Spinner } from '@/ui/Spinner';

type BulkDialogProps = { verb: 'approve' | 'reject'; views: ApprovalView[]; onClose: (decided: string[]) => void };

/** `settled`: somebody or the clock was faster, so trying again makes no sense. */
type Progress = { is: 'ready' | 'sending' | 'done' } | { is: 'failed' | 'settled'; why: string };

/** So many are under way at once. */
const TOGETHER = 4;

/** Decides on several questions, each by a request of its own, and says of each how it went. */
export function BulkDialog({ verb, views, onClose }: BulkDialogProps) {
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [progress, setProgress] = useState<ReadonlyMap<string, Progress>>(new Map());
  const [isBusy, setBusy] = useState(false);
  const of = (id: string): Progress => progress.get(id) ?? { is: 'ready' };
  const open = views.filter((view) => ['ready', 'sending', 'failed'].includes(of(view.id).is));
  const failed = views.filter((view) => 'why' in of(view.id)).length;
  const isBegun = progress.size > 0;
  const isDone = isBegun && !isBusy;
  const word = verb === 'approve' ? 'Approve' : 'Reject';

  const tell = (id: string, next: Progress) => setProgress((before) => new Map(before).set(id, next));
  const decide = async (view: ApprovalView) => {
    tell(view.id, { is: 'sending' });
    try {
      await (verb === 'approve'
        ? approve(view.id, view.digest, reason.trim() || undefined)
        : reject(view.id, reason.trim() || undefined));
      tell(view.id, { is: 'done' });
    } catch (error) {
      const { why, next, status } = error as { why?: string; next?: string; status?: number };
      tell(view.id, {
        is: status === 409 || status === 410 ? 'settled' : 'failed',
        why: [why ?? 'something went wrong on this page', next].filter(Boolean).join('. '),
      });
    }
  };
  const run = async () => {
    setBusy(true);
    const waiting = [...open];
    const worker = async () => {
      for (let view = waiting.shift(); view; view = waiting.shift()) await decide(view);
    };
    await Promise.all(Array.from({ length: TOGETHER }, worker));
    setBusy(false);
    void client.invalidateQueries({ queryKey: ['approvals'] });
  };
  const close = () => !isBusy && onClose(views.filter((view) => of(view.id).is === 'done').map((view) => view.id));

  return (
    <Dialog
      isOpen
      onClose={close}
      title={`${word} ${plural(views.length, 'question')}?`}
      description={
        verb === 'reject'
          ? 'Nothing is changed on any target. Each is decided on its own.'
          : 'All of them are low risk. Each is decided on its own.'
      }
      footer={
        <>
          {isDone && failed > 0 && (
            <span className="mr-auto text-sm text-ink-2">
              {plural(views.length - failed, 'is', 'are')} decided, {failed} not.
            </span>
          )}
          <Button onClick={close} disabled={isBusy}>
            {isDone ? 'Close' : 'Cancel'}
          </Button>
          {open.length > 0 && (
            <Button variant={verb === 'reject' ? 'danger' : 'primary'} isBusy={isBusy} onClick={() => void run()}>
              {isDone ? 'Try again' : `${word} ${plural(views.length, 'question')}`}
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {!isDone && (
          <Field label="Reason for all of them" hint="Goes to the audit log, and to those who asked." isOptional>
            <TextInput
              value={reason}
              maxLength={2000}
              disabled={isBusy}
              autoComplete="off"
              onChange={(event) => setReason(event.target.value)}
            />
          </Field>
        )}
        <ul aria-live="polite" className="flex flex-col">
          {views.map((view) => {
            const now = of(view.id);
            return (
              <li key={view.id} className="flex items-start gap-2 border-b py-2 text-sm last:border-b-0">
                <span className="mt-0.5 flex size-4 shrink-0 items-center justify-center [&>svg]:size-4">
                  {now.is === 'done' ? (
                    <Check className="text-success-text" />
                  ) : 'why' in now ? (
                    <TriangleAlert className="text-danger-text" />
                  ) : now.is === 'sending' ? (
                    <Spinner className="size-3.5" />
                  ) : (
                    <CircleDashed className="text-ink-3" />
                  )}
                </span>
                <span className="min-w-0 flex-1">
                  <span className="block break-words">{pieces(view.plan.summary)}</span>
                  <span className={'why' in now ? 'block text-xs text-danger-text' : 'block text-xs text-ink-3'}>
                    {'why' in now
                      ? now.why
                      : now.is === 'done'
                        ? verb === 'approve'
                          ? 'Approved'
                          : 'Rejected'
                        : `on ${view.plan.target.name}, asked by ${view.requested_by_name}`}
                  </span>
                </span>
                <RiskBadge risk={view.risk} />
              </li>
            );
          })}
        </ul>
      </div>
    </Dialog>
  );
}
