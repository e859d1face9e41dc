import { queryOptions } from '@tanstack/react-query';
import { api } from '@/api/client';
import { writeStored } from '@/ui/stored';
import { SIGNED_IN } from './LoginDialog';

/** Takes the token of a one-time link out of the address and the history before anything else sees it. */
function takeToken(): string | null {
  if (typeof window === 'undefined') return null;
  const address = new URL(window.location.href);
  const token = address.searchParams.get('login');
  if (token === null) return null;
  address.searchParams.delete('login');
  window.history.replaceState(null, '', address);
  return token;
}

const token = takeToken();

/** Signs in with the link, once; done at once when there was none. */
export const loginLinkQuery = queryOptions({
  queryKey: ['login-link'],
  queryFn: async () => {
    if (token === null) return false;
    await api.post('/api/auth/link', { token }, { isLogin: true });
    writeStored(SIGNED_IN, Date.now());
    return true;
  },
  // Never again, also not when everything is asked anew: the link is used up.
  staleTime: 'static',
  gcTime: Number.POSITIVE_INFINITY,
  retry: false,
});
