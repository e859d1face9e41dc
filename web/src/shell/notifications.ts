import { useState } from 'react';
import type { ApprovalView } from '@/api/schema';
import { readStored, useStored } from '@/ui/stored';

const KEY = 'notify.approvals';

/** For settings: whether a waiting approval is told by the system while the page is hidden. */
export function useApprovalNotifications() {
  const [isOn, setIsOn] = useStored(KEY, false);
  const isPossible = typeof Notification !== 'undefined' && window.isSecureContext;
  const [permission, setPermission] = useState(isPossible ? Notification.permission : 'denied');
  return {
    /** False on plain HTTP and in browsers without notifications. */
    isPossible,
    /** The person said no in the browser; only the browser's own settings change that. */
    isRefused: isPossible && permission === 'denied',
    isOn: isOn && permission === 'granted',
    async turnOn(): Promise<boolean> {
      if (!isPossible) return false;
      const answer = await Notification.requestPermission();
      setPermission(answer);
      setIsOn(answer === 'granted');
      return answer === 'granted';
    },
    turnOff: () => setIsOn(false),
  };
}

/** Tells of an approval that waits, when asked to and nobody looks at the page. */
export function notifyOf(approval: Partial<ApprovalView>, open: (id: string) => void): void {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
  if (!readStored(KEY, false) || document.visibilityState === 'visible') return;
  const note = new Notification('An approval is waiting', {
    body: [approval.requested_by_name, approval.risk && `${approval.risk} risk`].filter(Boolean).join(' · '),
    tag: `approval-${approval.id}`,
    icon: '/icon.svg',
  });
  note.onclick = () => {
    window.focus();
    note.close();
    if (approval.id) open(approval.id);
  };
}
