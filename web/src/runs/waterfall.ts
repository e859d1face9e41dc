// Where things stand on the time axis of a run. Positions are fractions of the width, 0 to 1.

import type { Step } from './steps';

/** A piece of time and the piece of the axis it is drawn on. `idle` means: nothing but waiting. */
export interface AxisPiece {
  from: number;
  to: number;
  start: number;
  end: number;
  idle: boolean;
}

export interface Axis {
  from: number;
  to: number;
  pieces: AxisPiece[];
  /** True when waiting is drawn shorter than it was. */
  isSqueezed: boolean;
}

/** All waiting together takes at most this part of the width when squeezed. */
const IDLE_SHARE = 0.3;
/** Waits shorter than this part of all work are left as they are. */
const WORTH = 0.25;

interface Span {
  from: number;
  to: number;
}

/** Stretches in which anything but waiting goes on, joined and in order. */
export function busySpans(steps: Step[], now: number): Span[] {
  const spans = steps
    .flatMap((step) => step.stretches.filter(({ phase }) => phase !== 'waiting'))
    .map(({ from, to }) => ({ from, to: Math.max(from, to ?? now) }))
    .sort((one, other) => one.from - other.from);
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else joined.push({ ...span });
  }
  return joined;
}

/** The axis from `from` to `to`; with `squeeze`, long waits share a small part of it and the work gets the rest. */
export function axisOf(steps: Step[], from: number, to: number, now: number, squeeze: boolean): Axis {
  const end = Math.max(to, from + 1);
  const plain: Axis = { from, to: end, pieces: [{ from, to: end, start: 0, end: 1, idle: false }], isSqueezed: false };
  if (!squeeze) return plain;
  const pieces = timePieces(busySpans(steps, now), from, end);
  const work = pieces.reduce((sum, piece) => sum + (piece.idle ? 0 : piece.to - piece.from), 0);
  const least = Math.max(work * WORTH, 1);
  const merged = mergeShort(pieces, least);
  const idle = merged.filter((piece) => piece.idle);
  const waited = idle.reduce((sum, { from: a, to: b }) => sum + b - a, 0);
  const total = end - from;
  if (idle.length === 0 || waited / total <= IDLE_SHARE) return plain;
  const busy = total - waited;
  // With no work at all (only waiting so far) the wait may have everything.
  const idleShare = busy <= 0 ? 1 : IDLE_SHARE;
  let at = 0;
  const placed = merged.map((piece) => {
    const length = piece.to - piece.from;
    const width = piece.idle ? (idleShare * length) / waited : ((1 - idleShare) * length) / busy;
    const start = at;
    at += width;
    return { ...piece, start, end: at };
  });
  return { from, to: end, pieces: placed, isSqueezed: busy > 0 };
}

type Piece = Span & { idle: boolean };

function timePieces(busy: Span[], from: number, to: number): Piece[] {
  const pieces: Piece[] = [];
  let at = from;
  for (const span of busy) {
    const start = Math.max(span.from, from);
    const end = Math.min(span.to, to);
    if (end < start) continue;
    if (start > at) pieces.push({ from: at, to: start, idle: true });
    if (end > Math.max(at, start)) pieces.push({ from: Math.max(at, start), to: end, idle: false });
    at = Math.max(at, end);
  }
  if (at < to) pieces.push({ from: at, to, idle: true });
  return pieces;
}

/** Short idle pieces count as work, so that the axis bends only where it is worth it. */
function mergeShort(pieces: Piece[], least: number): Piece[] {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const idle = piece.idle && piece.to - piece.from >= least;
    const last = merged.at(-1);
    if (last && last.idle === idle) last.to = piece.to;
    else merged.push({ ...piece, idle });
  }
  return merged;
}

/** The place of a moment on the axis, within 0 and 1. */
export function placeOf(axis: Axis, at: number): number {
  for (const piece of axis.pieces) {
    if (at > piece.to) continue;
    const length = piece.to - piece.from;
    const part = length <= 0 ? 0 : Math.max(0, at - piece.from) / length;
    return piece.start + part * (piece.end - piece.start);
  }
  return 1;
}

export interface Bar {
  phase: Step['stretches'][number]['phase'];
  start: number;
  width: number;
  ms: number;
  isOpen: boolean;
}

/** The bars of one step. Widths may be 0: drawing gives each a least width in pixels. */
export function barsOf(step: Step, axis: Axis, now: number): Bar[] {
  return step.stretches.map(({ phase, from, to }) => {
    const until = to ?? now;
    const start = placeOf(axis, from);
    return {
      phase,
      start,
      width: Math.max(0, placeOf(axis, until) - start),
      ms: Math.max(0, until - from),
      isOpen: to === null,
    };
  });
}

export interface Tick {
  place: number;
  /** Milliseconds since the beginning. */
  ms: number;
}

const NICE = [1, 2, 5];

/** Round distances in time whose marks stand at least `gap` (a fraction of the width) apart. */
export function ticksOf(axis: Axis, gap: number): Tick[] {
  const work = axis.pieces.filter((piece) => !piece.idle);
  const width = work.reduce((sum, { start, end }) => sum + end - start, 0);
  const time = work.reduce((sum, { from, to }) => sum + to - from, 0);
  if (time <= 0 || width <= 0) return [{ place: 0, ms: 0 }];
  const step = niceStep((time / width) * gap);
  const ticks: Tick[] = [{ place: 0, ms: 0 }];
  for (const piece of work) {
    const first = Math.ceil((piece.from - axis.from) / step) * step;
    for (let ms = Math.max(first, step); ms <= piece.to - axis.from; ms += step) {
      const place = placeOf(axis, axis.from + ms);
      if (place - (ticks.at(-1)?.place ?? 0) >= gap * 0.9 && place <= 1 - gap * 0.7) ticks.push({ place, ms });
    }
  }
  return ticks;
}

/** The smallest round step of at least so many milliseconds; in minutes and hours where those are rounder. */
function niceStep(least: number): number {
  const units = [1, 10, 100, 1000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 86_400_000, 864_000_000];
  for (const unit of units)
    for (const factor of NICE) if (unit * factor >= least && !(unit === 10_000 && factor === 5)) return unit * factor;
  return least;
}
