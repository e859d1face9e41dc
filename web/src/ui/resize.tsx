import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import { cx } from './cx';
import { readStored, writeStored } from './stored';

type Limits = { min: number; max: number };

const clamp = (value: number, { min, max }: Limits) => Math.round(Math.min(max, Math.max(min, value)));

/** A width in pixels, remembered under `key` when one is given. */
export function useStoredWidth(
  key: string | undefined,
  first: number,
  limits: Limits,
): [number, (width: number) => void] {
  const [width, setWidth] = useState(() => clamp(Number(key && readStored(`width.${key}`, first)) || first, limits));
  return [
    width,
    (next) => {
      const value = clamp(next, limits);
      setWidth(value);
      if (key) writeStored(`width.${key}`, value);
    },
  ];
}

type ResizeHandleProps = {
  label: string;
  width: number;
  onResize: (width: number) => void;
  /** Which edge of the panel the handle sits on. */
  edge: 'left' | 'right';
};

/** A separator that can be dragged, or moved with the arrow keys. */
export function ResizeHandle({ label, width, onResize, edge }: ResizeHandleProps) {
  const direction = edge === 'left' ? -1 : 1;
  const drag = (down: PointerEvent<HTMLDivElement>) => {
    down.preventDefault();
    const from = down.clientX;
    const target = down.currentTarget;
    target.setPointerCapture(down.pointerId);
    const move = (event: globalThis.PointerEvent) => onResize(width + direction * (event.clientX - from));
    const end = () => {
      target.removeEventListener('pointermove', move);
      target.removeEventListener('pointerup', end);
      target.removeEventListener('pointercancel', end);
    };
    target.addEventListener('pointermove', move);
    target.addEventListener('pointerup', end);
    target.addEventListener('pointercancel', end);
  };
  const press = (event: KeyboardEvent) => {
    const step = event.shiftKey ? 64 : 16;
    if (event.key === 'ArrowLeft') onResize(width - direction * step);
    else if (event.key === 'ArrowRight') onResize(width + direction * step);
    else return;
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves is no <hr>
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      tabIndex={0}
      onPointerDown={drag}
      onKeyDown={press}
      className={cx(
        'group absolute inset-y-0 z-10 w-2 cursor-col-resize touch-none outline-none max-sm:hidden',
        edge === 'left' ? '-left-1' : '-right-1',
      )}
    >
      <span className="absolute inset-y-0 left-1/2 w-0.5 -translate-x-1/2 bg-transparent transition-colors group-hover:bg-accent group-focus-visible:bg-accent-text group-active:bg-accent" />
    </div>
  );
}
