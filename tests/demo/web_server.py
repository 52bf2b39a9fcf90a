#!/usr/bin/python3
"""A web server which says who it is: web_server.py NAME answers every request on port 80 with NAME."""
import socket
import sys


def serve(name):
    page = name.encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page)
    with socket.create_server(("", 80), backlog=128) as listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(1)
                try:
                    if connection.recv(4096):
                        connection.sendall(answer)
                except OSError:
                    continue  # the client has gone


if __name__ == "__main__":
    serve(sys.argv[1])
