import './styles/base.css';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/queryClient';
import { router } from './router';
import { ToastProvider } from './ui/Toast';
import { TooltipGroup } from './ui/Tooltip';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element #root');

createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <TooltipGroup>
          <ToastProvider>
            <RouterProvider router={router} />
          </ToastProvider>
        </TooltipGroup>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
