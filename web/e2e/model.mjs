// A scripted model that speaks OpenAI's Chat Completions over HTTP, streaming: the tests say what it answers and how fast.

import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * `{url, answer(script), refuse(status), asked, stop()}`; `refuse` answers every request with that status until it is 0 again; `asked` lists the streaming requests so far, oldest first, as `{body, isLeft}`:
 * what was sent, and whether the caller went away before the end. A script is an async generator function of the request's body that yields pieces of
 * text, or `{tool, arguments}` for a call; it may wait as long as it likes.
 */
export async function startModel() {
  let script = async function* nothing() {
    yield 'No script is set.';
  };
  const asked = [];
  let refusal = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (refusal) {
      response.writeHead(refusal, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: 'refused by the script', type: 'invalid_request_error' } }));
      return;
    }
    const question = { body: JSON.parse(body || '{}'), isLeft: false };
    if (!question.body.stream) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(whole('ok')));
      return;
    }
    asked.push(question);
    response.on('close', () => (question.isLeft = !response.writableEnded));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (delta, finish = null) =>
      response.write(`data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', model: 'scripted', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
    let finish = 'stop';
    try {
      for await (const piece of script(question.body)) {
        if (response.destroyed) return;
        if (typeof piece === 'string') send({ role: 'assistant', content: piece });
        else {
          finish = 'tool_calls';
          const call = { name: piece.tool, arguments: JSON.stringify(piece.arguments) };
          send({ tool_calls: [{ index: 0, id: `call_${Date.now()}`, type: 'function', function: call }] });
        }
      }
      send({}, finish);
      response.write(`data: ${JSON.stringify({ id: 'c1', model: 'scripted', choices: [], usage: { prompt_tokens: 120, completion_tokens: 40, total_tokens: 160 } })}\n\n`);
      response.end('data: [DONE]\n\n');
    } catch (error) {
      response.destroy(error);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    asked,
    refuse(status) {
      refusal = status;
    },
    answer(next) {
      script = next;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const whole = (text) => ({
  id: 'c1',
  object: 'chat.completion',
  model: 'scripted',
  choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
