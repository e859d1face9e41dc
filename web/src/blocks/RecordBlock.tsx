import { Frame } from './Frame';
import { unitInName } from './format';
import type { BlockOf, Cell } from './kinds';
import { pieces } from './Shown';
import { CellValue } from './TableCell';

/** Names and values, in their order. */
export function RecordBlock({ block }: { block: BlockOf<'record'> }) {
  return (
    <Frame title={block.title} origin={block.origin}>
      {block.fields.length === 0 ? <p className="text-sm text-ink-3">Nothing.</p> : <Fields fields={block.fields} />}
    </Frame>
  );
}

/** A description list: names left, values right; one under the other on a phone. */
export function Fields({ fields }: { fields: [string, Cell][] }) {
  return (
    <dl className="grid grid-cols-[minmax(6rem,max-content)_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm max-sm:grid-cols-1 max-sm:gap-y-0">
      {fields.map(([name, value], index) => (
        <div key={index} className="contents max-sm:mb-1.5 max-sm:block">
          <dt className="max-w-64 break-words text-ink-2">
            <bdi>{pieces(name)}</bdi>
          </dt>
          <dd className="num min-w-0 break-words">
            <CellValue value={value} unit={unitInName(name)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
