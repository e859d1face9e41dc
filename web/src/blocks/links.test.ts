import { expect, test } from 'vitest';
import { safeLink, saysWhere } from './links';

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://x/y',
  '//evil.example',
  '/relative',
  '#anchor',
  'https://google.com@evil.example/',
  'https://user:password@evil.example/',
  'streamdown:incomplete-link',
  '',
  null,
  undefined,
])('%j is no link', (address) => {
  expect(safeLink(address)).toBeNull();
});

test.each([
  ['https://example.org/a?b=1', 'example.org'],
  ['http://127.0.0.1:8080/x', '127.0.0.1:8080'],
  ['mailto:ops@example.org?subject=x', 'ops@example.org'],
  ['https://аpple.com/', 'xn--pple-43d.com'],
])('%s leads to %s', (address, leadsTo) => {
  expect(safeLink(address)?.leadsTo).toBe(leadsTo);
});

test('words that name another host do not say where a link leads', () => {
  const link = safeLink('https://evil.example/login');
  if (!link) throw new Error('a link');
  expect(saysWhere('evil.example', link)).toBe(true);
  expect(saysWhere('https://evil.example/login', link)).toBe(true);
  expect(saysWhere('bank.example', link)).toBe(false);
  expect(saysWhere('evil.example.bank.org', link)).toBe(false);
  expect(saysWhere('click here', link)).toBe(false);
});
