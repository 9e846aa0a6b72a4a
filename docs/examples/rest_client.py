"""Ask a server over its REST interface.

python docs/examples/rest_client.py http://127.0.0.1:7860 QUESTION [FOLLOW-UP ...]

The server is one that 'yinju serve' runs.  Where it requires a login, the environment gives it:
YINJU_LOGIN=name:password.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import httpx


def ask(client: httpx.Client, question: str, history: Sequence[str] = ()) -> dict[str, Any]:
    """Return the answer to a question; its fields are those of ``yinju ask --json``.

    Raises:
        httpx.HTTPStatusError: if the server refuses; ``response.json()`` tells why.
    """
    response = client.post("/api/v1/ask", json={"question": question, "history": list(history)})
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


def main(arguments: Sequence[str]) -> int:
    """Ask the questions, and return the exit status."""
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    address, *questions = arguments
    name, _, password = os.environ.get("YINJU_LOGIN", "").partition(":")
    answer: dict[str, Any] = {}
    with httpx.Client(
        base_url=address, auth=(name, password) if name else None, timeout=60, trust_env=False
    ) as client:
        try:
            for number, question in enumerate(questions):
                answer = ask(client, question, questions[:number])
                print(answer["text"])
                for cited in answer["citations"]:
                    article = cited["article"]
                    print(f"[{cited['number']}] {cited['quote']}")
                    print(f"    {article['title']} · {article['source']} · {article['published']}")
        except httpx.HTTPStatusError as error:
            print(error.response.json()["error"]["message"], file=sys.stderr)
            return 2
        except httpx.TransportError as error:
            print(f"{address} cannot be reached: {error}", file=sys.stderr)
            return 2
    return 0 if answer["status"] == "answered" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
