import { expect, test } from 'vitest';
import { addressFor } from './providerKinds';

test('a usual address follows the kind, and one that was written stays', () => {
  expect(addressFor('anthropic', '')).toBe('https://api.anthropic.com');
  expect(addressFor('ollama', 'https://api.openai.com/v1 ')).toBe('http://127.0.0.1:11434');
  expect(addressFor('gemini', 'http://gateway.example/v1')).toBe('http://gateway.example/v1');
});
