import { useEffect } from 'react';
import { Dialog } from '@/ui/Dialog';
import { LoginForm } from './LoginForm';

/** Stored anew at each login, so that other tabs hear of it. */
export const SIGNED_IN = 'signed-in-at';

type LoginDialogProps = { name: string; onDone: () => void; onElsewhere: () => void };

/** The login over the page: what was typed under it stays, and what was asked for goes on afterwards. */
export function LoginDialog({ name, onDone, onElsewhere }: LoginDialogProps) {
  // Signed in again in another tab: this one goes on by itself.
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') onElsewhere();
    };
    const onStorage = (event: StorageEvent) => event.key === `steersman.${SIGNED_IN}` && onElsewhere();
    document.addEventListener('visibilitychange', look);
    window.addEventListener('focus', look);
    window.addEventListener('storage', onStorage);
    return () => {
      document.removeEventListener('visibilitychange', look);
      window.removeEventListener('focus', look);
      window.removeEventListener('storage', onStorage);
    };
  }, [onElsewhere]);
  return (
    <Dialog
      isOpen
      isMandatory
      onClose={() => undefined}
      size="sm"
      title="Sign in again"
      description="Your login has ended. The page goes on where it was."
    >
      <LoginForm name={name} onDone={onDone} />
    </Dialog>
  );
}
