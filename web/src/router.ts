import { createRouter } from '@tanstack/react-router';
import { routeTree } from './routeTree.gen';
import { PageError } from './shell/PageError';

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  defaultErrorComponent: PageError,
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
