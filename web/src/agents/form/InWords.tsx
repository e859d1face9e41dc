/** A description of ours: text in which backticks mark code. */
export function InWords({ text }: { text: string }) {
  return text.split('`').map((piece, index) =>
    index % 2 === 1 ? (
      <code key={index} className="font-mono text-ink-2">
        {piece}
      </code>
    ) : (
      piece
    ),
  );
}
