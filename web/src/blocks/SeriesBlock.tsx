import { useMemo, useState } from 'react';
import { Button } from '@/ui/Button';
import { TimeChart } from '@/ui/TimeChart';
import { Frame } from './Frame';
import { cellText, fullMoment } from './format';
import type { BlockOf } from './kinds';
import { bounds, seriesInWords, thinned } from './series';
import TableBlock from './TableBlock';

/** Lines drawn at most; more cannot be told apart. */
const MOST = 6;

/** Default export: a chunk of its own. */
export default function SeriesBlock({ block }: { block: BlockOf<'series'> }) {
  const { title, unit, origin } = block;
  const [isTable, setTable] = useState(false);
  const held = useMemo(() => block.series.filter(({ points }) => points.length > 0), [block.series]);
  const drawn = useMemo(() => thinned(held.slice(0, MOST)), [held]);
  const format = (value: number) => cellText(value, unit);
  const { min, max } = bounds(unit);
  if (held.length === 0) {
    return (
      <Frame title={title} origin={origin}>
        <p className="text-sm text-ink-3">No points in this time.</p>
      </Frame>
    );
  }
  return (
    <Frame
      origin={origin}
      note={held.length > MOST ? `${MOST} of ${held.length} lines drawn` : undefined}
      actions={
        <Button size="xs" variant="ghost" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? 'As a chart' : 'As a table'}
        </Button>
      }
    >
      {isTable ? (
        <TableBlock block={tableOf(block, held)} />
      ) : (
        <div>
          <TimeChart
            label={title}
            series={drawn}
            format={format}
            {...(min === undefined ? {} : { min })}
            {...(max === undefined ? {} : { max })}
          />
          <p className="sr-only">{seriesInWords(drawn, unit)}</p>
        </div>
      )}
    </Frame>
  );
}

/** The same numbers as rows: one a moment and line. */
function tableOf({ title, unit }: BlockOf<'series'>, series: BlockOf<'series'>['series']): BlockOf<'table'> {
  const isOne = series.length === 1;
  const rows = series.flatMap(({ name, points }) =>
    points.map(([at, value]) => (isOne ? [fullMoment(at), value] : [name, fullMoment(at), value])),
  );
  const columns = [{ name: 'time' }, { name: isOne ? (series[0]?.name ?? 'value') : 'value', unit }];
  return {
    kind: 'table',
    origin: { from: 'steersman' },
    title,
    columns: isOne ? columns : [{ name: 'line' }, ...columns],
    rows,
  };
}
