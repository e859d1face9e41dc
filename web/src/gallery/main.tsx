// Every kind of block and every state of a card, hostile contents included. For development and tests: no build holds it.
import '@/styles/base.css';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startKeyboard } from '@/actions/keyboard';
import { queryClient } from '@/api/queryClient';
import { ToastProvider } from '@/ui/Toast';
import { TooltipGroup } from '@/ui/Tooltip';
import { Gallery } from './Gallery';
import { answerLocally, ME } from './server';

answerLocally();
startKeyboard();
queryClient.setQueryData(['me'], ME);
const root = document.getElementById('root');
if (!root) throw new Error('gallery.html has no element #root');
createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <TooltipGroup>
          <ToastProvider>
            <Gallery />
          </ToastProvider>
        </TooltipGroup>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
