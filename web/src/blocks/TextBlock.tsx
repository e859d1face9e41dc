import { Frame } from './Frame';
import type { BlockOf } from './kinds';
import { Markdown } from './Markdown';
import { PlainText } from './PlainText';

/** Our words and a model's are Markdown; text from a target is quoted as it is, and no markup is read in it. */
export function TextBlock({ block }: { block: BlockOf<'text'> }) {
  const { origin, text } = block;
  if (origin.from === 'steersman') return <Markdown text={text} />;
  return (
    <Frame origin={origin}>
      {origin.from === 'model' ? (
        <Markdown text={text} />
      ) : (
        <blockquote className="border-line-strong border-l-2 pl-3">
          <PlainText text={text} label={`Text from ${origin.name}`} isMono />
        </blockquote>
      )}
    </Frame>
  );
}
