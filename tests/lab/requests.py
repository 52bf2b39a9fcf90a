"""Ask a web service every few milliseconds, and know afterwards which requests were answered, and by whom."""
import asyncio
import collections
import threading
import time

INTERVAL = 0.02
PATIENCE = 1.0  # seconds after which a request counts as lost

Request = collections.namedtuple("Request", "sent answer")  # monotonic; the body, or None: lost


class Requests:
    """HTTP requests out of a namespace on a fixed schedule, a connection each; a thread of its own."""

    def __init__(self, namespace, host, port=80, interval=INTERVAL):
        self._namespace, self._host, self._port, self._interval = namespace, host, port, interval
        self._done = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self):
        self._thread.start()

    def stop(self):
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    close = stop

    def _work(self):
        with self._namespace.entered():
            asyncio.run(self._ask_on())

    async def _ask_on(self):
        under_way, due = set(), time.monotonic()
        while not self._ending.is_set():
            task = asyncio.create_task(self._ask())
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            due = max(due + self._interval, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
        for task in under_way:
            task.cancel()

    async def _ask(self):
        sent = time.monotonic()
        try:
            answer = await asyncio.wait_for(self._fetch(), PATIENCE)
        except (OSError, asyncio.TimeoutError):
            answer = None
        self._done.append(Request(sent, answer))

    async def _fetch(self):
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(f"GET / HTTP/1.1\r\nHost: {self._host}\r\nConnection: close\r\n\r\n".encode())
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            return body.decode() if b" 200 " in head.split(b"\r\n")[0] else None
        finally:
            writer.close()

    # What happened

    def between(self, begin, end):
        """The requests sent between two moments (monotonic) whose fate is known."""
        return [request for request in list(self._done) if begin <= request.sent <= end]

    def all_answered_since(self, moment):
        """There were some, and none was lost."""
        recent = self.between(moment, time.monotonic())
        return bool(recent) and all(request.answer for request in recent)
