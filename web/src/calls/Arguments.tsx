import { TriangleAlert } from 'lucide-react';
import { Code } from '@/blocks/Code';
import { cellText } from '@/blocks/format';
import { pieces } from '@/blocks/Shown';
import { Badge } from '@/ui/Badge';
import { isMarked } from './pointers';

type ArgumentsProps = {
  values: unknown;
  /** JSON pointers of values that were not said by a person but read from a target. */
  marked?: string[];
};

/** Names and values of a call; a value that came from a target's text carries its warning. */
export function Arguments({ values, marked = [] }: ArgumentsProps) {
  if (typeof values !== 'object' || values === null)
    return <p className="text-sm text-ink-3">{values === undefined || values === null ? 'None.' : String(values)}</p>;
  const entries = Object.entries(values);
  if (entries.length === 0) return <p className="text-sm text-ink-3">None.</p>;
  return (
    <dl className="grid grid-cols-[minmax(5rem,max-content)_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm max-sm:grid-cols-1 max-sm:gap-y-0">
      {entries.map(([name, value]) => (
        <div key={name} className="contents max-sm:mb-1.5 max-sm:block">
          <dt className="text-ink-2">
            <bdi>{pieces(name)}</bdi>
          </dt>
          <dd className="min-w-0">
            <Value name={name} value={value} />
            {isMarked(name, marked) && (
              <Badge
                tone="warning"
                icon={<TriangleAlert aria-hidden="true" />}
                className="ml-2"
                title="No person typed this value: it was read from a target."
              >
                from target text
              </Badge>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ name, value }: { name: string; value: unknown }) {
  const isDeep =
    typeof value === 'object' &&
    value !== null &&
    !(Array.isArray(value) && value.every((one) => typeof one !== 'object'));
  const text = isDeep ? JSON.stringify(value, null, 2) : cellText(value);
  if (isDeep || text.includes('\n') || text.length > 120)
    return (
      <Code code={text} language={name === 'sql' ? 'sql' : isDeep ? 'json' : null} label={name} className="my-1" />
    );
  return (
    <bdi className="font-mono text-xs break-words" dir="auto">
      {pieces(text)}
    </bdi>
  );
}
