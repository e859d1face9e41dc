import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react';
import { whenBack } from '@/api/connection';
import { loginState } from '@/api/login';
import { isProblem } from '@/api/problem';
import { meQuery } from '@/api/queries/me';
import { Skeleton } from '@/ui/Skeleton';
import { ErrorState } from '@/ui/states';
import { writeStored } from '@/ui/stored';
import { ConnectionBanner } from './ConnectionBanner';
import { Frame } from './Frame';
import { LoginDialog, SIGNED_IN } from './LoginDialog';
import { LoginPage } from './LoginPage';
import { loginLinkQuery } from './loginLink';

/** Finds out who is here, then shows the login or the frame with its page. */
export function Shell() {
  const link = useQuery(loginLinkQuery);
  const me = useQuery({ ...meQuery, enabled: !link.isPending });
  const login = useSyncExternalStore(loginState.listen, loginState.get);
  const known = useRef<string | null>(null);

  const userId = me.data?.user.id;
  useEffect(() => {
    if (userId === undefined) return;
    // Another person signed in over the page of the first: nothing the first one saw may stay.
    if (known.current !== null && known.current !== userId) window.location.assign('/');
    known.current = userId;
    loginState.set('in');
  }, [userId]);

  const { refetch } = me;
  // A page that was opened while the server was away goes on by itself.
  useEffect(() => whenBack(() => void refetch()), [refetch]);
  const look = useCallback(async () => {
    const { data, isError } = await refetch();
    if (data && !isError) loginState.set('in');
  }, [refetch]);
  const signedIn = () => {
    writeStored(SIGNED_IN, Date.now());
    void look();
  };

  if (me.data) {
    return (
      <>
        <Frame />
        {login === 'out' && <LoginDialog name={me.data.user.name} onDone={signedIn} onElsewhere={look} />}
      </>
    );
  }
  if (me.isError && isProblem(me.error) && me.error.status === 401) {
    return <LoginPage problem={isProblem(link.error) ? link.error : null} onDone={signedIn} />;
  }
  if (me.isError) {
    return (
      <main className="flex h-full flex-col">
        <ConnectionBanner />
        <ErrorState problem={me.error} onRetry={() => void me.refetch()} className="my-auto" />
      </main>
    );
  }
  return (
    <main className="flex h-full items-center justify-center" aria-busy="true" aria-label="Loading Steersman">
      <Skeleton className="w-40" />
    </main>
  );
}
