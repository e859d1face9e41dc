import type { ChatMessage, MessageMetadata, Part, ReasoningPart, TextPart, ToolPart } from '../message';
import type { Chunk } from './chunk';

/** The message after one more chunk: a new object where anything changed, the same one where nothing did. */
export function fold(message: ChatMessage, chunk: Chunk): ChatMessage {
  switch (chunk.type) {
    case 'start':
      // Told from the beginning: nothing of before counts.
      return withMetadata({ id: chunk.messageId ?? message.id, role: 'assistant', parts: [] }, chunk.messageMetadata);
    case 'finish':
    case 'message-metadata':
      return withMetadata(message, chunk.messageMetadata);
    case 'start-step':
      return push(message, { type: 'step-start' });
    case 'reset-step':
      return { ...message, parts: message.parts.slice(0, stepStart(message.parts)) };
    case 'text-start':
      return push(message, { type: 'text', text: '', state: 'streaming', streamId: chunk.id });
    case 'reasoning-start':
      return push(message, { type: 'reasoning', id: chunk.id, text: '', state: 'streaming', streamId: chunk.id });
    case 'text-delta':
    case 'reasoning-delta':
      return onText(message, chunk.id, (part) => ({ ...part, text: part.text + chunk.delta }));
    case 'text-end':
    case 'reasoning-end':
      return onText(message, chunk.id, ({ streamId: _, ...part }) => ({ ...part, state: 'done' }));
    case 'tool-input-available':
      return tool(message, chunk, { state: 'input-available', ...(chunk.title ? { title: chunk.title } : {}) });
    case 'tool-input-error':
      return tool(message, chunk, { state: 'output-error', errorText: chunk.errorText });
    case 'tool-approval-request':
      return onTool(message, chunk.toolCallId, (part) => ({
        ...part,
        state: 'approval-requested',
        approval: {
          id: chunk.approvalId,
          ...(chunk.approvalDescriptor === undefined ? {} : { descriptor: chunk.approvalDescriptor }),
          ...(chunk.reason === undefined ? {} : { requestReason: chunk.reason }),
        },
      }));
    case 'tool-approval-response': {
      const { approvalId: id, approved, reason } = chunk;
      const answer = { id, approved, ...(reason === undefined ? {} : { reason }) };
      return onPart(
        message,
        (part) => part.type === 'dynamic-tool' && part.approval?.id === id,
        (part) => {
          const asked = part as ToolPart;
          return { ...asked, state: 'approval-responded', approval: { ...asked.approval, ...answer } };
        },
      );
    }
    case 'tool-output-available':
      return onTool(message, chunk.toolCallId, ({ errorText: _, ...part }) => ({
        ...part,
        state: 'output-available',
        output: chunk.output,
        ...(chunk.preliminary ? { preliminary: true } : {}),
      }));
    case 'tool-output-error':
      return onTool(message, chunk.toolCallId, ({ output: _, ...part }) => ({
        ...part,
        state: 'output-error',
        errorText: chunk.errorText,
      }));
    case 'tool-output-denied':
      return onTool(message, chunk.toolCallId, (part) => ({ ...part, state: 'output-denied' }));
    case 'data-call':
    case 'data-notice':
      return data(message, chunk);
    // Ends and marks that say nothing of the message itself, and whatever a newer server adds.
    default:
      return message;
  }
}

function withMetadata(message: ChatMessage, more: MessageMetadata | undefined): ChatMessage {
  return more === undefined ? message : { ...message, metadata: merged(message.metadata ?? {}, more) };
}

/** Objects are merged into each other; everything else is replaced. */
function merged<T extends object>(base: T, more: T): T {
  const whole = { ...base } as Record<string, unknown>;
  for (const [name, value] of Object.entries(more)) {
    const before = whole[name];
    whole[name] = isObject(before) && isObject(value) ? merged(before, value) : value;
  }
  return whole as T;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const push = (message: ChatMessage, part: Part): ChatMessage => ({ ...message, parts: [...message.parts, part] });

/** Where the parts of the current step begin. */
const stepStart = (parts: Part[]): number => parts.findLastIndex((part) => part.type === 'step-start') + 1;

function onPart(message: ChatMessage, is: (part: Part) => boolean, change: (part: Part) => Part): ChatMessage {
  const at = message.parts.findLastIndex(is);
  const part = message.parts[at];
  return part === undefined ? message : { ...message, parts: message.parts.with(at, change(part)) };
}

type Written = TextPart | ReasoningPart;

/** The part that is being written under this id. Words without a beginning are dropped. */
function onText(message: ChatMessage, id: string, change: (part: Written) => Written): ChatMessage {
  const isIt = (part: Part) => (part.type === 'text' || part.type === 'reasoning') && part.streamId === id;
  return onPart(message, isIt, (part) => change(part as Written));
}

function onTool(message: ChatMessage, id: string, change: (part: ToolPart) => ToolPart): ChatMessage {
  const isIt = (part: Part) => part.type === 'dynamic-tool' && part.toolCallId === id;
  return onPart(message, isIt, (part) => change(part as ToolPart));
}

type Called = { toolCallId: string; toolName: string; input: unknown };

function tool(message: ChatMessage, { toolCallId, toolName, input }: Called, more: Partial<ToolPart>): ChatMessage {
  const isThere = message.parts.some((part) => part.type === 'dynamic-tool' && part.toolCallId === toolCallId);
  if (isThere) return onTool(message, toolCallId, (part) => ({ ...part, toolName, input, ...more }));
  return push(message, { type: 'dynamic-tool', toolName, toolCallId, state: 'input-available', input, ...more });
}

function data(message: ChatMessage, chunk: Extract<Chunk, { type: `data-${string}` }>): ChatMessage {
  if (chunk.transient) return message;
  const isIt = (part: Part) => part.type === chunk.type && chunk.id !== undefined && part.id === chunk.id;
  if (message.parts.some(isIt)) return onPart(message, isIt, (part) => ({ ...part, data: chunk.data }) as Part);
  const { transient: _, ...part } = chunk;
  return push(message, part as Part);
}
