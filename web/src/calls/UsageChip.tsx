import { formatCost, formatCount, formatNumber } from '@/ui/format';

export type Usage = { prompt_tokens?: number | null; completion_tokens?: number | null; cached_tokens?: number | null };

type UsageChipProps = {
  usage?: Usage | null | undefined;
  costUsd?: number | null | undefined;
  model?: string | null | undefined;
};

/** Tokens and money of an answer, in a few letters; the whole account is in the tooltip. Nothing when neither is known. */
export function UsageChip({ usage, costUsd, model }: UsageChipProps) {
  const tokens = (usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0);
  if (tokens === 0 && costUsd == null) return null;
  const words = usageInWords(usage, costUsd, model);
  return (
    <span className="num inline-flex items-center gap-1.5 text-2xs whitespace-nowrap text-ink-3" title={words}>
      <span aria-hidden="true">
        {[tokens > 0 && `${formatCount(tokens)} tokens`, costUsd != null && formatCost(costUsd)]
          .filter(Boolean)
          .join(' · ')}
      </span>
      <span className="sr-only">{words}</span>
    </span>
  );
}

export function usageInWords(
  usage: Usage | null | undefined,
  costUsd: number | null | undefined,
  model: string | null | undefined,
): string {
  const { prompt_tokens: read, completion_tokens: written, cached_tokens: cached } = usage ?? {};
  return [
    model,
    read != null && `${formatNumber(read)} tokens read${cached ? ` (${formatNumber(cached)} from cache)` : ''}`,
    written != null && `${formatNumber(written)} tokens written`,
    costUsd != null && formatCost(costUsd),
  ]
    .filter(Boolean)
    .join(', ');
}
