import { expect, test } from 'vitest';
import { cutEvents } from './eventStream';

test('events are cut at empty lines and half of one is kept for later', () => {
  const { events, rest } = cutEvents(
    'id: 1\nevent: event\ndata: {"a":1}\n\n: ping\n\nevent: delta\ndata: x\ndata: y\n\nevent: ev',
  );
  expect(events).toEqual([
    { name: 'event', data: '{"a":1}' },
    { name: 'delta', data: 'x\ny' },
  ]);
  expect(rest).toBe('event: ev');
});

test('line ends of any kind are read', () => {
  expect(cutEvents('event: a\r\ndata: 1\r\n\r\n').events).toEqual([{ name: 'a', data: '1' }]);
});
