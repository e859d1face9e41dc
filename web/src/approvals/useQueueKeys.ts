import { useActions } from '@/actions/registry';

/** `j` and `k` in a list of questions. */
export function useQueueKeys(hasRows: boolean, move: (step: number) => void): void {
  useActions([
    {
      id: 'queue.next',
      name: 'Go to the next question',
      group: 'Approvals',
      shortcut: 'j',
      isKeyOnly: true,
      when: () => hasRows,
      perform: () => move(1),
    },
    {
      id: 'queue.previous',
      name: 'Go to the question before',
      group: 'Approvals',
      shortcut: 'k',
      isKeyOnly: true,
      when: () => hasRows,
      perform: () => move(-1),
    },
  ]);
}
