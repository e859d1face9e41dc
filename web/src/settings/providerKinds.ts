import type { ProviderKind } from '@/api/schema';

/** What a provider can be: how it is called, and where it usually is. */
export const PROVIDER_KINDS: { value: ProviderKind; label: string; address: string; about: string }[] = [
  {
    value: 'openai',
    label: 'OpenAI or compatible',
    address: 'https://api.openai.com/v1',
    about: 'Chat Completions: OpenAI, OpenRouter, vLLM, llama.cpp, LM Studio.',
  },
  {
    value: 'openai_responses',
    label: 'OpenAI Responses',
    address: 'https://api.openai.com/v1',
    about: "OpenAI's newer API. Nothing is stored there.",
  },
  { value: 'anthropic', label: 'Anthropic', address: 'https://api.anthropic.com', about: 'The Messages API.' },
  {
    value: 'ollama',
    label: 'Ollama',
    address: 'http://127.0.0.1:11434',
    about: 'Its own API. The context grows with the conversation, as far as the model reads.',
  },
  {
    value: 'gemini',
    label: 'Google Gemini',
    address: 'https://generativelanguage.googleapis.com',
    about: 'The Gemini API, with a key of Google AI Studio.',
  },
];

export const providerKind = (value: string) => PROVIDER_KINDS.find((kind) => kind.value === value);

/** The address after a change of kind: one that nobody wrote follows the kind, any other stays. */
export function addressFor(next: ProviderKind, address: string): string {
  const isUsual = address.trim() === '' || PROVIDER_KINDS.some((kind) => kind.address === address.trim());
  return isUsual ? (providerKind(next)?.address ?? '') : address;
}
