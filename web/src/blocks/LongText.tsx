import { useMemo } from 'react';
import { linesOf } from './cut';
import { pieces } from './Shown';
import { VirtualLines } from './VirtualLines';

/** A text of any length; only the lines in view are drawn. Default export: it is loaded when one is opened. */
export default function LongText({ text, label }: { text: string; label: string }) {
  const lines = useMemo(() => linesOf(text), [text]);
  return <VirtualLines label={label} count={lines.length} isWrapped line={(index) => pieces(lines[index] ?? '')} />;
}
