import { cx } from './cx';

type SparklineProps = {
  values: (number | null)[];
  /** What it shows, for screen readers: "CPU, last hour". */
  label: string;
  width?: number;
  height?: number;
  /** The scale; found from the values otherwise. */
  min?: number;
  max?: number;
  className?: string;
};

/** A small line without axes. A null is a gap. */
export function Sparkline({ values, label, width = 80, height = 20, min, max, className }: SparklineProps) {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const low = min ?? Math.min(...known);
  const high = Math.max(max ?? Math.max(...known), low + 1e-9);
  const x = (index: number) => (values.length < 2 ? 0 : (index / (values.length - 1)) * (width - 2) + 1);
  const y = (value: number) => height - 2 - ((value - low) / (high - low)) * (height - 4);
  let path = '';
  let isDown = false;
  values.forEach((value, index) => {
    if (value === null || !Number.isFinite(value)) {
      isDown = false;
      return;
    }
    path += `${isDown ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    isDown = true;
  });
  return (
    <svg
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className={cx('shrink-0 overflow-visible text-ink-3', className)}
    >
      {known.length > 0 && (
        <path
          d={path}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.25"
          strokeLinejoin="round"
          vectorEffect="non-scaling-stroke"
        />
      )}
    </svg>
  );
}
