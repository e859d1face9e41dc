import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { buttonLook } from '@/ui/Button';
import { Page, PageHeader } from '@/ui/PageHeader';
import { EmptyState } from '@/ui/states';

export function NotFound() {
  return (
    <Page>
      <PageHeader title="Nothing here" />
      <EmptyState
        icon={<Compass />}
        title="There is no page at this address."
        action={
          <Link to="/" className={buttonLook()}>
            Go to the overview
          </Link>
        }
      >
        It may have been deleted, or the address has a mistake.
      </EmptyState>
    </Page>
  );
}
