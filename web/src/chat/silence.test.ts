import { expect, test } from 'vitest';
import { watched } from './silence';

const bytes = (text: string) => new TextEncoder().encode(text);

test('bytes pass as they come, and the end is the end', async () => {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes('one '));
      setTimeout(() => {
        controller.enqueue(bytes('two'));
        controller.close();
      }, 20);
    },
  });
  expect(await new Response(watched(body, 500)).text()).toBe('one two');
});

test('a line that falls silent breaks, and is let go of', async () => {
  let isLetGo = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes('one ')),
    cancel: () => {
      isLetGo = true;
    },
  });
  await expect(new Response(watched(body, 30)).text()).rejects.toThrow(/network/);
  expect(isLetGo).toBe(true);
});
