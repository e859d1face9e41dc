import { createFileRoute } from '@tanstack/react-router';
import { SettingsPage } from '@/settings/SettingsPage';

export const Route = createFileRoute('/settings/$section')({ component: Open });

function Open() {
  const { section } = Route.useParams();
  return <SettingsPage section={section} />;
}
