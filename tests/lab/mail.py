"""An SMTP server on a box's loopback which keeps what it is told."""
import collections
import socketserver
import threading

Mail = collections.namedtuple("Mail", "commands data")  # data: without the final dot


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        commands, data = [], ""
        self._say("220-welcome", "220 here")
        while line := self.rfile.readline():
            command = line.decode().rstrip("\r\n")
            commands.append(command)
            if command == "DATA":
                self._say("354 go on")
                data = self._message()
                self._say("250 taken")
            elif command == "QUIT":
                self.server.mails.append(Mail(commands, data))
                return self._say("221 bye")
            else:
                self._say("250 ok")

    def _say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def _message(self):
        lines = []
        while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
            lines.append(line)
        return "".join(lines)


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, namespace):
        with namespace.entered():
            super().__init__(("127.0.0.1", 0), _Session)
        self.mails = []
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
