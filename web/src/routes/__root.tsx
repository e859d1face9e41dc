import { createRootRoute } from '@tanstack/react-router';
import { NotFound } from '@/shell/NotFound';
import { Shell } from '@/shell/Shell';

export const Route = createRootRoute({ component: Shell, notFoundComponent: NotFound });
