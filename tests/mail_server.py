"""A real SMTP server on loopback that keeps what it is sent, or refuses it."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """Use as a context manager. Each message is answered by `answer`: 250 takes it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.answer = "250 taken"
        self.raw: list[bytes] = []

    @property
    def address(self) -> str:
        """What apprise sends by to it."""
        return f"mailto://127.0.0.1:{self.server_address[1]}?from=bot@example.com&to=team@example.com"

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raw]

    def __enter__(self) -> MailServer:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 loopback")
        for line in self.rfile:
            match line.strip().upper():
                case b"DATA":
                    self._say("354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    self.server.raw.append(b"".join(line.removeprefix(b".") for line in lines))
                    self._say(self.server.answer)
                case b"QUIT":
                    return self._say("221 bye")
                case _:
                    self._say("250 go on")
        return None

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")
