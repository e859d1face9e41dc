import { useMe } from '@/api/queries/me';

/** What answers. */
export function Provider() {
  const provider = useMe()?.provider;
  if (!provider) return null;
  const { name, model } = provider;
  return (
    <span className="truncate" title="What answers">
      {model && model !== name ? `${name} · ${model}` : name}
    </span>
  );
}
