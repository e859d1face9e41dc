import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { copyText } from '@/ui/clipboard';
import { IconButton } from '@/ui/IconButton';
import { Menu } from '@/ui/Menu';
import { toCsv, toMarkdown } from './copies';
import { download } from './download';
import type { Cell, Column } from './kinds';

type CopyRowsProps = { title: string; columns: Column[]; rows: Cell[][] };

/** A table to take elsewhere: raw values, in the order shown. */
export function CopyRows({ title, columns, rows }: CopyRowsProps) {
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(null), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async (text: string) => setSaid((await copyText(text)) ? 'Copied' : 'Could not copy');
  return (
    <>
      <Menu
        trigger={<IconButton size="xs" label="Copy the rows" icon={said === 'Copied' ? <Check /> : <Copy />} />}
        items={[
          { label: 'Copy as CSV', onSelect: () => void copy(toCsv(columns, rows)) },
          { label: 'Copy as Markdown', onSelect: () => void copy(toMarkdown(columns, rows)) },
          'separator',
          { label: 'Download CSV', onSelect: () => download(`${title}.csv`, toCsv(columns, rows)) },
        ]}
      />
      <span role="status" className="sr-only">
        {said}
      </span>
    </>
  );
}
