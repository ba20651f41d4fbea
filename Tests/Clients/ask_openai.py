"""Asks a demo for its models as OpenAI's Python client does. usage: ask_openai.py BASE_URL

Every listed model is retrieved, and an inference is refused with the place where it can be asked for.
"""

import sys
import time

import openai


def serving(client):
    """The models, once the demo has some: its sources answer one after the other."""
    for _ in range(100):
        answer = client.models.with_raw_response.list()
        models = list(answer.parse())
        if models and answer.headers["rollcall-complete"] == "?1":
            return models
        time.sleep(0.1)
    sys.exit(f"clients: {len(models)} models, complete {answer.headers['rollcall-complete']}")


def endpoints(model):
    return model.rollcall["endpoints"]


def check(model):
    assert (model.object, type(model.created), bool(model.owned_by)) == ("model", int, True), model
    assert endpoints(model), model
    for endpoint in endpoints(model):
        assert endpoint["base_url"].startswith("http") and "?" not in endpoint["base_url"], endpoint
        assert endpoint["serving"] in {"full", "partial", "idle"}, endpoint
        assert isinstance(endpoint["stale"], bool) and endpoint["observed_at"], endpoint


def refused(ask):
    """The error that a client gets for an inference."""
    try:
        ask()
    except openai.NotFoundError as error:
        assert error.status_code == 404 and error.code == "not-a-proxy", error
        return str(error)
    sys.exit("clients: an inference was answered")


def main(base):
    client = openai.OpenAI(base_url=base, api_key="unused", max_retries=0)
    models = serving(client)
    ids = [model.id for model in models]
    assert ids == sorted(set(ids), key=str.encode), ids
    retrieved = 0
    for model in models:
        check(model)
        # The demo's deployments come and go between two requests.
        try:
            again = client.models.retrieve(model.id)
        except openai.NotFoundError:
            continue
        assert again.id == model.id, again
        check(again)
        retrieved += 1
    assert retrieved, ids
    hello = [{"role": "user", "content": "canary-4711"}]
    named = 0
    for model in models:
        message = refused(lambda: client.chat.completions.create(model=model.id, messages=hello))
        assert "canary-4711" not in message, message
        named += any(endpoint["base_url"] in message for endpoint in endpoints(model))
    assert named, "no error names the place of its model"
    for ask in (
        lambda: client.chat.completions.create(model="canary-4711", messages=hello),
        lambda: client.embeddings.create(model="canary-4711", input="x"),
        lambda: client.completions.create(model="canary-4711", prompt="x"),
        lambda: client.responses.create(model="canary-4711", input="x"),
    ):
        message = refused(ask)
        assert "/v1/models" in message and "canary-4711" not in message, message
    try:
        client.models.retrieve("canary/4711")
    except openai.NotFoundError:
        pass
    else:
        sys.exit("clients: an unknown model was found")
    places = {endpoint["base_url"] for model in models for endpoint in endpoints(model)}
    print(f"clients: {len(models)} models at {len(places)} places, {retrieved} retrieved, {named} refused with their place")


main(sys.argv[1])
