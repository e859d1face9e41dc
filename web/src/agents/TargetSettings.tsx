import { useQuery } from '@tanstack/react-query';
import { pluginsQuery } from '@/api/queries/agents';
import type { TargetView } from '@/api/schema';
import { DescriptionList } from '@/ui/Table';
import { RelativeTime } from '@/ui/Time';
import { fieldsOf } from './form/fields';

/** How a target is set up. Secrets are named, never shown. */
export function TargetSettings({ target }: { target: TargetView }) {
  const plugin = useQuery(pluginsQuery).data?.find((each) => each.name === target.plugin);
  const settings = target.settings as Record<string, unknown>;
  const fields = fieldsOf(plugin?.settings_schema);
  return (
    <div className="flex max-w-3xl flex-col gap-6 px-4 py-5">
      <DescriptionList
        items={[
          ['Plugin', plugin?.title ?? target.plugin],
          ['Environment', target.environment],
          ['Revision', target.revision],
          ['Added', <RelativeTime key="added" when={target.created_at} />],
        ]}
      />
      <section aria-label="Settings">
        <h2 className="mb-2 text-sm font-semibold">Settings</h2>
        <DescriptionList
          items={fields
            .filter((field) => field.kind !== 'secret')
            .map((field) => [field.title, <Value key={field.name} value={settings[field.name]} />])}
        />
      </section>
      <section aria-label="Credentials">
        <h2 className="mb-2 text-sm font-semibold">Credentials</h2>
        {target.secrets_set.length === 0 ? (
          <p className="text-sm text-ink-2">None is set.</p>
        ) : (
          <ul className="flex flex-col gap-1 text-sm">
            {target.secrets_set.map((name) => (
              <li key={name}>
                {fields.find((field) => field.name === name)?.title ?? name}{' '}
                <span className="text-ink-3">sealed; it can be used and replaced, never read</span>
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

function Value({ value }: { value: unknown }) {
  if (value === undefined || value === null || value === '') return <span className="text-ink-3">not set</span>;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) {
    return (
      <ul>
        {value.map((each) => (
          <li key={String(each)} className="font-mono text-xs break-all">
            {String(each)}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <span className="font-mono text-xs break-all">
      {typeof value === 'object' ? JSON.stringify(value) : String(value)}
    </span>
  );
}
