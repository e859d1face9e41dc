"""Checks testkit's scripted model server with the vendors' official packages as independent clients.

    python3 -m venv target/check && target/check/bin/pip install openai anthropic google-genai ollama
    target/check/bin/python testkit/check_model_server.py

Run from the top of the checkout. Ends with "ok" or with the first assertion that does not hold. Each check plays one
part of the script in testkit/examples/scripted_model.rs, in the order of that file.
"""

import importlib.metadata
import subprocess

import anthropic
import ollama
import openai
from google import genai
from google.genai import errors as genai_errors
from google.genai import types

MODEL = "scripted-1"
HELLO = "Hello, wörld."
SCHEMA = {"type": "object", "properties": {"table": {"type": "string"}}}
NAMES = ("list_indexes", "get_locks")
CALLS = [("list_indexes", {"table": "orders"}), ("get_locks", {})]


def refused(kind, ask):
    try:
        ask()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}")


def check_chat_completions(root: str) -> None:
    client = openai.OpenAI(base_url=f"{root}/v1", api_key="any", max_retries=0)
    tools = [{"type": "function", "function": {"name": name, "description": name, "parameters": SCHEMA}} for name in NAMES]
    ask = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}
    create = client.chat.completions.create
    assert [model.id for model in client.models.list()] == [MODEL]

    whole = create(**ask)
    assert whole.choices[0].message.content == HELLO and whole.choices[0].finish_reason == "stop"
    assert (whole.usage.prompt_tokens, whole.usage.completion_tokens, whole.usage.prompt_tokens_details.cached_tokens) == (21, 7, 4)

    chunks = list(create(**ask, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == HELLO
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens == 28

    # The package's own accumulator puts the pieces of parallel calls together.
    with client.chat.completions.stream(**ask, tools=tools) as stream:
        calls = stream.get_final_completion().choices[0].message.tool_calls
    assert [(call.id, call.function.name, call.function.arguments) for call in calls] == [
        ("call_a", "list_indexes", '{"table":"orders"}'),
        ("call_b", "get_locks", "{}"),
    ]

    whole = create(**ask, tools=tools, tool_choice="required")
    assert whole.choices[0].finish_reason == "tool_calls" and whole.choices[0].message.content is None
    message = whole.choices[0].message.model_dump(exclude_none=True)
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "done"} for call in message["tool_calls"]]
    answer = create(model=MODEL, messages=[*ask["messages"], message, *results], tools=tools)
    assert answer.choices[0].message.content == "Two indexes."

    assert create(**ask).choices[0].finish_reason == "length"
    limited = refused(openai.RateLimitError, lambda: create(**ask))
    assert limited.response.headers["retry-after"] == "7" and limited.code == "rate_limit_exceeded"
    assert refused(openai.InternalServerError, lambda: create(**ask)).status_code == 503
    refused(openai.APIConnectionError, lambda: list(create(**ask, stream=True)))

    assert refused(openai.NotFoundError, lambda: create(**{**ask, "model": "other"})).code == "model_not_found"
    wrong = openai.OpenAI(base_url=f"{root}/v1", api_key="wrong-key", max_retries=0)
    assert refused(openai.AuthenticationError, lambda: wrong.chat.completions.create(**ask)).code == "invalid_api_key"
    dangling = {**ask, "messages": [*ask["messages"], message]}
    refused(openai.BadRequestError, lambda: create(**dangling))


def check_responses(root: str) -> None:
    client = openai.OpenAI(base_url=f"{root}/v1", api_key="any", max_retries=0)
    tools = [{"type": "function", "name": name, "description": name, "parameters": SCHEMA, "strict": False} for name in NAMES]
    ask = {"model": MODEL, "input": "hello", "store": False}

    whole = client.responses.create(**ask)
    assert whole.output_text == HELLO and whole.status == "completed"
    usage = whole.usage
    assert (usage.input_tokens, usage.output_tokens, usage.input_tokens_details.cached_tokens) == (21, 7, 4)

    with client.responses.stream(**ask) as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        assert "".join(deltas) == stream.get_final_response().output_text == HELLO

    with client.responses.stream(**ask, tools=tools) as stream:
        calls = [item for item in stream.get_final_response().output if item.type == "function_call"]
    assert [(call.call_id, call.name, call.arguments) for call in calls] == [
        ("call_a", "list_indexes", '{"table":"orders"}'),
        ("call_b", "get_locks", "{}"),
    ]
    items = [{"role": "user", "content": "hello"}]
    for call in calls:
        items.append({"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments})
    results = [{"type": "function_call_output", "call_id": call.call_id, "output": "done"} for call in calls]
    answer = client.responses.create(model=MODEL, input=[*items, *results], tools=tools)
    assert answer.output_text == "Two indexes."

    cut = client.responses.create(**ask)
    assert cut.status == "incomplete" and cut.incomplete_details.reason == "max_output_tokens"
    assert refused(openai.RateLimitError, lambda: client.responses.create(**ask)).code == "rate_limit_exceeded"
    assert list(client.responses.create(**ask, stream=True))[-1].type == "error"
    refused(openai.BadRequestError, lambda: client.responses.create(model=MODEL, input=items))


def check_messages(root: str) -> None:
    client = anthropic.Anthropic(base_url=root, api_key="any", max_retries=0)
    tools = [{"name": name, "description": name, "input_schema": SCHEMA} for name in NAMES]
    ask = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}
    assert [model.id for model in client.models.list()] == [MODEL]

    whole = client.messages.create(**ask)
    assert whole.content[0].text == HELLO and whole.stop_reason == "end_turn"
    assert (whole.usage.input_tokens, whole.usage.cache_read_input_tokens, whole.usage.output_tokens) == (17, 4, 7)

    with client.messages.stream(**ask) as stream:
        assert "".join(stream.text_stream) == HELLO
        assert stream.get_final_message().usage.output_tokens == 7

    with client.messages.stream(**ask, tools=tools, tool_choice={"type": "any"}) as stream:
        message = stream.get_final_message()
    assert message.stop_reason == "tool_use"
    assert [(block.name, block.input) for block in message.content] == CALLS
    results = [{"type": "tool_result", "tool_use_id": block.id, "content": "done"} for block in message.content]
    turns = [*ask["messages"], {"role": "assistant", "content": message.content}]
    answer = client.messages.create(**{**ask, "messages": [*turns, {"role": "user", "content": results}]}, tools=tools)
    assert answer.content[0].text == "Two indexes."

    assert client.messages.create(**ask).stop_reason == "max_tokens"
    limited = refused(anthropic.RateLimitError, lambda: client.messages.create(**ask))
    assert limited.response.headers["retry-after"] == "7"
    refused(anthropic.APIStatusError, lambda: list(client.messages.create(**ask, stream=True)))
    refused(anthropic.NotFoundError, lambda: client.messages.create(**{**ask, "model": "other"}))
    wrong = anthropic.Anthropic(base_url=root, api_key="wrong-key", max_retries=0)
    refused(anthropic.AuthenticationError, lambda: wrong.messages.create(**ask))
    refused(anthropic.BadRequestError, lambda: client.messages.create(**{**ask, "messages": turns}))


def check_ollama(root: str) -> None:
    client = ollama.Client(host=root)
    tools = [{"type": "function", "function": {"name": name, "description": name, "parameters": SCHEMA}} for name in NAMES]
    ask = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}
    assert [model.model for model in client.list().models] == [MODEL]
    facts = client.show(MODEL)
    assert facts.modelinfo["llama.context_length"] == 32768 and "tools" in facts.capabilities

    whole = client.chat(**ask)
    assert whole.message.content == HELLO and (whole.prompt_eval_count, whole.eval_count) == (21, 7)
    pieces = list(client.chat(**ask, stream=True))
    assert "".join(piece.message.content for piece in pieces) == HELLO and pieces[-1].done_reason == "stop"

    pieces = list(client.chat(**ask, tools=tools, stream=True))
    calls = [call for piece in pieces for call in piece.message.tool_calls or []]
    assert [(call.function.name, call.function.arguments) for call in calls] == CALLS
    message = {"role": "assistant", "content": "", "tool_calls": calls}
    results = [{"role": "tool", "tool_name": call.function.name, "content": "done"} for call in calls]
    answer = client.chat(model=MODEL, messages=[*ask["messages"], message, *results], tools=tools)
    assert answer.message.content == "Two indexes."

    assert client.chat(**ask).done_reason == "length"
    assert refused(ollama.ResponseError, lambda: client.chat(**ask)).status_code == 429
    refused(ollama.ResponseError, lambda: list(client.chat(**ask, stream=True)))
    assert refused(ollama.ResponseError, lambda: client.chat(**{**ask, "model": "other"})).status_code == 404


def check_gemini(root: str) -> None:
    # The package asks for v1 by itself; the gateway speaks v1beta, which has the same form.
    options = types.HttpOptions(base_url=root, api_version="v1beta")
    client = genai.Client(api_key="any", http_options=options)
    schema = types.Schema(type="OBJECT", properties={"table": types.Schema(type="STRING")})
    declared = [types.FunctionDeclaration(name=name, description=name, parameters=schema) for name in NAMES]
    by_hand = types.AutomaticFunctionCallingConfig(disable=True)
    with_tools = types.GenerateContentConfig(tools=[types.Tool(function_declarations=declared)], automatic_function_calling=by_hand)
    ask = {"model": MODEL, "contents": "hello"}
    assert [model.name for model in client.models.list()] == [f"models/{MODEL}"]

    whole = client.models.generate_content(**ask)
    assert whole.text == HELLO
    usage = whole.usage_metadata
    assert (usage.prompt_token_count, usage.candidates_token_count, usage.cached_content_token_count) == (21, 7, 4)
    pieces = list(client.models.generate_content_stream(**ask))
    assert "".join(piece.text or "" for piece in pieces) == HELLO
    assert pieces[-1].candidates[0].finish_reason == "STOP"

    pieces = list(client.models.generate_content_stream(**ask, config=with_tools))
    calls = [call for piece in pieces for call in piece.function_calls or []]
    assert [(call.name, call.args or {}) for call in calls] == CALLS
    turns = [
        types.Content(role="user", parts=[types.Part(text="hello")]),
        types.Content(role="model", parts=[types.Part(function_call=call) for call in calls]),
    ]
    done = [types.Part.from_function_response(name=call.name, response={"output": "done"}) for call in calls]
    results = types.Content(role="user", parts=done)
    answer = client.models.generate_content(model=MODEL, contents=[*turns, results], config=with_tools)
    assert answer.text == "Two indexes."

    assert client.models.generate_content(**ask).candidates[0].finish_reason == "MAX_TOKENS"
    limited = refused(genai_errors.ClientError, lambda: client.models.generate_content(**ask))
    assert (limited.code, limited.status) == (429, "RESOURCE_EXHAUSTED")
    refused(genai_errors.APIError, lambda: list(client.models.generate_content_stream(**ask)))
    other = {**ask, "model": "other"}
    assert refused(genai_errors.ClientError, lambda: client.models.generate_content(**other)).code == 404
    wrong = genai.Client(api_key="wrong-key", http_options=options)
    assert refused(genai_errors.ClientError, lambda: wrong.models.generate_content(**ask)).code == 400
    dangling = {"model": MODEL, "contents": turns}
    assert refused(genai_errors.ClientError, lambda: client.models.generate_content(**dangling)).code == 400


if __name__ == "__main__":
    command = ["cargo", "run", "--quiet", "-p", "steersman-testkit", "--example", "scripted_model"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            root = server.stdout.readline().strip()
            for check in (check_chat_completions, check_responses, check_messages, check_ollama, check_gemini):
                check(root)
                print(check.__name__)
            versions = [f"{name} {importlib.metadata.version(name)}" for name in ("openai", "anthropic", "ollama", "google-genai")]
            print("ok, with", ", ".join(versions))
        finally:
            server.terminate()
