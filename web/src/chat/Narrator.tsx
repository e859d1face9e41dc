import { useEffect, useState } from 'react';

/** Says what happens to those who do not see it: that it answers, and that it is ready. Never the words themselves. */
export function Narrator({ isBusy, isLost, isParked }: { isBusy: boolean; isLost: boolean; isParked: boolean }) {
  const [hasWorked, setHasWorked] = useState(false);
  useEffect(() => {
    if (isBusy) setHasWorked(true);
  }, [isBusy]);
  const words = isLost
    ? 'Connection lost, continuing'
    : isBusy
      ? 'Answering'
      : isParked
        ? 'Waiting for your decision'
        : hasWorked
          ? 'Ready'
          : '';
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {words}
    </p>
  );
}
