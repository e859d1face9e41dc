import { formatBytes, formatDuration, formatNumber } from './format';

/** The name of a series in people's words. */
export const metricName = (name: string): string => (name === 'cpu' ? 'CPU' : name.replaceAll('_', ' '));

/** A number as its unit wants it: `percent`, `bytes`, `ms`, `count`. */
export function withUnit(value: number, unit: string): string {
  switch (unit) {
    case 'percent':
      return `${formatNumber(Math.round(value))} %`;
    case 'bytes':
      return formatBytes(value);
    case 'ms':
      return formatDuration(value);
    default:
      return formatNumber(Math.round(value * 100) / 100);
  }
}
