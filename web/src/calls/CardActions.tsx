import { useActions } from '@/actions/registry';
import { copyText } from '@/ui/clipboard';
import { planText } from './planText';
import type { Question } from './question';
import { statementsOf } from './Steps';

type CardActionsProps = {
  question: Question;
  mayApprove: boolean;
  mayReject: boolean;
  /** Whether Ctrl+Enter is pressed in one of the card's own fields. */
  isInField: () => boolean;
  onApprove: () => void;
  onReject: () => void;
};

/** What can be done with the card that has the focus; mounted only while it has it. */
export function CardActions({ question, mayApprove, mayReject, isInField, onApprove, onReject }: CardActionsProps) {
  useActions([
    {
      id: 'approval.approve',
      name: `Approve: ${question.plan.summary}`,
      label: 'Approve',
      group: 'Approvals',
      shortcut: 'a',
      when: () => mayApprove,
      perform: onApprove,
    },
    {
      id: 'approval.reject',
      name: `Reject: ${question.plan.summary}`,
      label: 'Reject',
      group: 'Approvals',
      shortcut: 'r',
      when: () => mayReject,
      perform: onReject,
    },
    {
      id: 'approval.approve-from-field',
      name: 'Approve, from the reason field',
      group: 'Approvals',
      shortcut: 'mod+enter',
      isKeyOnly: true,
      when: () => mayApprove && isInField(),
      perform: onApprove,
    },
    {
      id: 'approval.copy-plan',
      name: 'Copy this plan as text',
      group: 'Approvals',
      perform: () => void copyText(planText(question.plan, question.risk)),
    },
    {
      id: 'approval.copy-statement',
      name: 'Copy what this plan runs',
      group: 'Approvals',
      perform: () => void copyText(statementsOf(question.plan.steps)),
    },
  ]);
  return null;
}
