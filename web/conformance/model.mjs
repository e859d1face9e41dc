// A model server that says what the test tells it to: the chat completions API, streamed.

import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * `{url, says(...answers), stop()}`. An answer is `{text?: string[], calls?: [{name, arguments}], pauseMs?, hangs?, error?}`;
 * `error` is an object that ends the stream. Without answers left it says "Yes.".
 */
export async function startModel() {
  const script = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    if (!request.url.endsWith('/chat/completions')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'scripted-1', object: 'model' }] }));
      return;
    }
    const isTest = !JSON.parse(body).tools?.length && script.length === 0;
    await answer(
      response,
      isTest ? { text: ['ok'] } : (script.shift() ?? { text: ['Yes.'] }),
      JSON.parse(body).stream === true,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    says: (...answers) => script.push(...answers),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(response, { text = [], calls = [], pauseMs = 0, hangs = false, error = null }, isStream) {
  const toolCalls = calls.map(({ name, arguments: args }, index) => ({
    index,
    id: `call-${index}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  }));
  const finish = calls.length ? 'tool_calls' : 'stop';
  const usage = { prompt_tokens: 21, completion_tokens: 7, total_tokens: 28 };
  if (!isStream) {
    const message = { role: 'assistant', content: text.join(''), ...(calls.length ? { tool_calls: toolCalls } : {}) };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        id: 'x',
        object: 'chat.completion',
        model: 'scripted-1',
        choices: [{ index: 0, message, finish_reason: finish }],
        usage,
      }),
    );
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (delta, finishReason = null) =>
    response.write(
      `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', model: 'scripted-1', choices: [{ index: 0, delta, finish_reason: finishReason }] })}\n\n`,
    );
  for (const piece of text) {
    send({ content: piece });
    if (pauseMs) await new Promise((wake) => setTimeout(wake, pauseMs));
  }
  if (hangs) return;
  if (error) {
    response.end(`data: ${JSON.stringify({ error })}\n\n`);
    return;
  }
  if (toolCalls.length) send({ tool_calls: toolCalls });
  send({}, finish);
  response.write(
    `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', model: 'scripted-1', choices: [], usage })}\n\n`,
  );
  response.end('data: [DONE]\n\n');
}
