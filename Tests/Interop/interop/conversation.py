"""HTTP as it is on the wire, for what no well-behaved client would send."""

import json
import socket
import time

GET = b"GET /health HTTP/1.1\r\nhost: x\r\n"


def converse(port, *pieces, pause=0.2, timeout=40):
    """Sends the pieces and returns all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        for index, piece in enumerate(pieces):
            if index:
                time.sleep(pause)
            connection.sendall(piece)
        answer = b""
        while block := connection.recv(65536):
            answer += block
        return answer.decode()


def problem(answer):
    """Status and code of an answer as it came from the socket."""
    head, _, body = answer.partition("\r\n\r\n")
    assert "content-type: application/problem+json" in head.lower(), answer
    assert "connection: close" in head.lower(), answer
    body = json.loads(body)
    assert body["status"] == int(head.split()[1]) and body["requestId"], answer
    return body["status"], body["code"]
