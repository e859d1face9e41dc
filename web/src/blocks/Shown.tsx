import { memo } from 'react';
import { revealed } from './hidden';

/** Foreign text on one line or many: isolated from what stands beside it, with hidden characters shown by name. */
export const Shown = memo(function Shown({ text }: { text: string }) {
  return <bdi>{pieces(text)}</bdi>;
});

/** The same without isolation, for text that is already inside its own element. */
export function pieces(text: string) {
  const found = revealed(text);
  if (found.length === 1 && typeof found[0] === 'string') return found[0];
  return found.map((piece, index) =>
    typeof piece === 'string' ? (
      piece
    ) : (
      <span key={index} className="hidden-mark" title={piece.name}>
        {piece.mark}
      </span>
    ),
  );
}
