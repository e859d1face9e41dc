"""Checks testkit's scripted model server with the official `openai` package as an independent client.

    python3 -m venv target/check && target/check/bin/pip install openai && target/check/bin/python testkit/check_model_server.py

Run from the top of the checkout. Ends with "ok" or with the first assertion that does not hold.
"""

import subprocess

import openai

TOOLS = [
    {
        "type": "function",
        "function": {"name": name, "description": name, "parameters": {"type": "object", "properties": {"table": {"type": "string"}}}},
    }
    for name in ("list_indexes", "get_locks")
]


def check(base_url: str) -> None:
    client = openai.OpenAI(base_url=base_url, api_key="any", max_retries=0)
    ask = {"model": "scripted-1", "messages": [{"role": "user", "content": "hello"}]}

    assert [model.id for model in client.models.list()] == ["scripted-1"]

    whole = client.chat.completions.create(**ask)
    assert whole.choices[0].message.content == "Hello, wörld."
    assert whole.choices[0].finish_reason == "stop"
    assert (whole.usage.prompt_tokens, whole.usage.completion_tokens, whole.usage.prompt_tokens_details.cached_tokens) == (21, 7, 4)

    chunks = list(client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Hello, wörld."
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens == 28

    # The package's own accumulator puts the pieces of parallel calls together.
    with client.chat.completions.stream(**ask, tools=TOOLS) as stream:
        calls = stream.get_final_completion().choices[0].message.tool_calls
    assert [(call.id, call.function.name, call.function.arguments) for call in calls] == [
        ("call_a", "list_indexes", '{"table":"orders"}'),
        ("call_b", "get_locks", "{}"),
    ]

    whole = client.chat.completions.create(**ask, tools=TOOLS, tool_choice="required")
    assert whole.choices[0].finish_reason == "tool_calls" and whole.choices[0].message.content is None
    message = whole.choices[0].message.model_dump(exclude_none=True)
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "done"} for call in message["tool_calls"]]
    # The package leaves out what is null; the reference wants `content` then, or calls.
    answer = client.chat.completions.create(model="scripted-1", messages=[*ask["messages"], message, *results], tools=TOOLS)
    assert answer.choices[0].message.content == "Two indexes."

    assert client.chat.completions.create(**ask).choices[0].finish_reason == "length"

    limited = refused(openai.RateLimitError, client, ask)
    assert limited.response.headers["retry-after"] == "7" and limited.code == "rate_limit_exceeded"
    assert refused(openai.InternalServerError, client, ask).status_code == 503
    try:
        list(client.chat.completions.create(**ask, stream=True))
        raise AssertionError("a cut stream was taken for a whole one")
    except openai.APIConnectionError:
        pass

    assert refused(openai.NotFoundError, client, {**ask, "model": "other"}).code == "model_not_found"
    wrong = openai.OpenAI(base_url=base_url, api_key="wrong-key", max_retries=0)
    assert refused(openai.AuthenticationError, wrong, ask).code == "invalid_api_key"
    dangling = {**ask, "messages": [*ask["messages"], message]}
    refused(openai.BadRequestError, client, dangling)


def refused(kind, client, ask):
    try:
        client.chat.completions.create(**ask)
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}")


if __name__ == "__main__":
    command = ["cargo", "run", "--quiet", "-p", "steersman-testkit", "--example", "scripted_model"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            check(server.stdout.readline().strip())
            print("ok, with openai", openai.__version__)
        finally:
            server.terminate()
