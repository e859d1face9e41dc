// A conversation as text that can be read anywhere.

import { STATE_WORDS, stateOf } from '@/calls/state';
import type { Call } from '@/calls/wire';
import { toolTitle } from '@/calls/words';
import { type ChatMessage, textOf } from '../message';

/** The whole session, oldest first. */
export function sessionAsMarkdown(title: string, messages: ChatMessage[]): string {
  const parts = messages.map(
    (message) =>
      `## ${message.role === 'user' ? 'You' : 'Steersman'}${stamp(message)}\n\n${messageAsMarkdown(message)}`,
  );
  return `${[`# ${title || 'Untitled'}`, ...parts].join('\n\n')}\n`;
}

/** What a message says, with its calls in a line each. */
export function messageAsMarkdown(message: ChatMessage): string {
  if (message.role === 'user') return textOf(message);
  const parts = message.parts.flatMap((part) => {
    if (part.type === 'text') return part.text.trim() === '' ? [] : [part.text.trim()];
    if (part.type === 'data-call') return [callAsMarkdown(part.data)];
    if (part.type === 'data-notice') return [`> ${part.data.text}`];
    return [];
  });
  const { status, problem } = message.metadata ?? {};
  if (problem) parts.push(`> ${problem.what}: ${problem.why}. ${problem.next} (${problem.code})`);
  else if (status === 'cancelled') parts.push('> Stopped.');
  return parts.join('\n\n');
}

function callAsMarkdown(call: Call): string {
  const { execution } = call;
  const head = `- **${toolTitle(execution.tool)}** (\`${execution.tool}\`) on ${execution.target.name}: ${STATE_WORDS[stateOf(call)].word.toLowerCase()}`;
  const steps = execution.plan?.steps ?? [];
  const lines = [head];
  if (execution.summary) lines.push(`  ${execution.summary.replaceAll('\n', '\n  ')}`);
  for (const { literal } of steps) lines.push(`  \`\`\`\n  ${literal.replaceAll('\n', '\n  ')}\n  \`\`\``);
  if (call.approval?.decided_by_name)
    lines.push(
      `  ${call.approval.status === 'approved' ? 'Approved' : 'Rejected'} by ${call.approval.decided_by_name}.`,
    );
  return lines.join('\n');
}

const stamp = ({ metadata }: ChatMessage) => (metadata?.created_at ? ` · ${metadata.created_at}` : '');
