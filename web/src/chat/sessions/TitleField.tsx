import { useEffect, useRef, useState } from 'react';
import { cx } from '@/ui/cx';
import { inputBox } from '@/ui/Field';

/** A title being written: Enter and leaving keep it, Esc does not. */
export function TitleField({
  title,
  onDone,
  className,
}: {
  title: string;
  onDone: (title: string | null) => void;
  className?: string;
}) {
  const [value, setValue] = useState(title);
  const isOver = useRef(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const end = (result: string | null) => {
    if (isOver.current) return;
    isOver.current = true;
    onDone(result);
  };
  return (
    <input
      ref={field}
      aria-label="Title of the session"
      dir="auto"
      maxLength={200}
      value={value}
      className={cx(inputBox, 'h-7', className)}
      onChange={(event) => setValue(event.target.value)}
      onBlur={() => end(value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') end(value);
        if (event.key === 'Escape') end(null);
      }}
    />
  );
}
