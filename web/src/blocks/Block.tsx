import { lazy, memo, Suspense } from 'react';
import { Skeleton } from '@/ui/Skeleton';
import { FileBlock } from './FileBlock';
import { Guard } from './Guard';
import type { Block as BlockOfAnyKind } from './kinds';
import { PlainText } from './PlainText';
import { ProblemView } from './ProblemBlock';
import { RecordBlock } from './RecordBlock';
import { TextBlock } from './TextBlock';

// The heavy kinds are fetched when the first of them is opened.
const TableBlock = lazy(() => import('./TableBlock'));
const DiffBlock = lazy(() => import('./DiffBlock'));
const LogBlock = lazy(() => import('./LogBlock'));
const SeriesBlock = lazy(() => import('./SeriesBlock'));
const TreeBlock = lazy(() => import('./TreeBlock'));

/** One piece of output, of any kind. A new tool needs nothing here. */
export const Block = memo(function Block({ block }: { block: BlockOfAnyKind }) {
  return (
    <Guard fallback={<Unreadable block={block} />}>
      <Suspense fallback={<Skeleton className="h-24" />}>
        <OfKind block={block} />
      </Suspense>
    </Guard>
  );
});

/** Blocks in their order, with the space between them. */
export function Blocks({ blocks }: { blocks: BlockOfAnyKind[] }) {
  return (
    <div className="flex min-w-0 flex-col gap-4">
      {blocks.map((block, index) => (
        <Block key={index} block={block} />
      ))}
    </div>
  );
}

function OfKind({ block }: { block: BlockOfAnyKind }) {
  switch (block.kind) {
    case 'text':
      return <TextBlock block={block} />;
    case 'table':
      return <TableBlock block={block} />;
    case 'record':
      return <RecordBlock block={block} />;
    case 'diff':
      return <DiffBlock block={block} />;
    case 'log':
      return <LogBlock block={block} />;
    case 'series':
      return <SeriesBlock block={block} />;
    case 'tree':
      return <TreeBlock block={block} />;
    case 'problem':
      return <ProblemView problem={block.problem} />;
    case 'file':
      return <FileBlock block={block} />;
    default:
      // A newer server may know kinds that this page does not.
      return <Unreadable block={block} />;
  }
}

function Unreadable({ block }: { block: unknown }) {
  return (
    <div className="text-sm">
      <p className="text-ink-3">This part cannot be drawn here; its content:</p>
      <PlainText text={JSON.stringify(block, null, 2) ?? ''} label="Content" isMono />
    </div>
  );
}
