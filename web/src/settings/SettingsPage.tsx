import { Link, useNavigate } from '@tanstack/react-router';
import { Suspense } from 'react';
import { holds, useMe } from '@/api/queries/me';
import { usePageContext } from '@/shell/pageContext';
import { cx } from '@/ui/cx';
import { Page, PageBody, PageHeader } from '@/ui/PageHeader';
import { Select } from '@/ui/Select';
import { Skeleton } from '@/ui/Skeleton';
import { EmptyState, NoPermission } from '@/ui/states';
import { SECTIONS, type SettingsSection } from './sections';

export function SettingsPage({ section }: { section: string }) {
  const rights = useMe()?.permissions;
  const navigate = useNavigate();
  const chosen = SECTIONS.find((each) => each.id === section);
  const mayOpen = (each: SettingsSection) =>
    each.permission === undefined || rights === undefined || holds(rights, each.permission);
  usePageContext({
    resource_type: 'settings',
    resource_ids: [],
    title: chosen ? `Settings: ${chosen.title}` : 'Settings',
  });
  const listed = SECTIONS.filter(mayOpen);
  return (
    <Page>
      <PageHeader title="Settings" detail={chosen?.title} />
      <div className="flex min-h-0 flex-1 max-md:flex-col">
        <nav aria-label="Settings" className="w-52 shrink-0 overflow-y-auto border-r p-2 max-md:hidden">
          {(['You', 'Organization'] as const).map((group) => (
            <div key={group} className="mb-3">
              <p className="px-2 py-1.5 text-xs font-medium text-ink-3">{group}</p>
              <ul>
                {listed
                  .filter((each) => each.group === group)
                  .map((each) => (
                    <li key={each.id}>
                      <Link
                        to="/settings/$section"
                        params={{ section: each.id }}
                        aria-current={each.id === section ? 'page' : undefined}
                        className={cx(
                          'flex h-8 items-center rounded-md px-2 text-sm text-ink-2 hover:bg-hover hover:text-ink',
                          each.id === section && 'bg-selected font-medium text-ink',
                        )}
                      >
                        {each.title}
                      </Link>
                    </li>
                  ))}
              </ul>
            </div>
          ))}
        </nav>
        <div className="border-b px-4 py-2 md:hidden">
          <Select
            label="Section of the settings"
            className="w-full"
            options={listed.map(({ id, title }) => ({ value: id, label: title }))}
            value={section}
            onChange={(id) => void navigate({ to: '/settings/$section', params: { section: id } })}
          />
        </div>
        <PageBody className="px-6 pb-10 max-sm:px-4">
          <div className="mx-auto max-w-3xl">
            {chosen ? <Opened section={chosen} mayOpen={mayOpen(chosen)} /> : <Unknown />}
          </div>
        </PageBody>
      </div>
    </Page>
  );
}

function Opened({ section, mayOpen }: { section: SettingsSection; mayOpen: boolean }) {
  if (!mayOpen) return <NoPermission what={section.title.toLowerCase()} permission={section.permission ?? ''} />;
  return (
    <Suspense fallback={<Loading />}>
      <section.Content key={section.id} />
    </Suspense>
  );
}

function Unknown() {
  return <EmptyState title="There is no such section of the settings.">Choose one from the list.</EmptyState>;
}

export function Loading() {
  return (
    <div className="flex flex-col gap-3 py-6">
      <Skeleton className="h-5 w-40" />
      <Skeleton className="h-4 w-full max-w-md" />
      <Skeleton className="h-40 w-full" />
    </div>
  );
}
