import { RefreshCw } from 'lucide-react';
import { Banner } from '@/ui/Banner';
import { Button } from '@/ui/Button';
import { useIsStale } from './stalePage';

export function StaleBanner() {
  if (!useIsStale()) return null;
  return (
    <Banner
      tone="accent"
      icon={<RefreshCw aria-hidden="true" />}
      action={
        <Button size="xs" onClick={() => window.location.reload()}>
          Reload
        </Button>
      }
    >
      A newer version is running. Reload when ready; drafts are kept.
    </Banner>
  );
}
