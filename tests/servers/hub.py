"""A Hugging Face endpoint on loopback that serves one repository from a folder.

Usage: hub.py FOLDER REPOSITORY. Prints its port on the first line and serves until its standard input closes.
Only what `snapshot_download` asks for is answered: revision, tree, and files with the headers that carry their digests.
Files named in LFS carry their SHA-256, the others the SHA-1 of their git blob, as the real hub does.
"""

import hashlib
import http.server
import json
import os
import sys
import threading
import urllib.parse

FOLDER, REPOSITORY = sys.argv[1], sys.argv[2]
COMMIT = "c0ffee" * 6 + "beef"
LFS = (".safetensors", ".pt", ".pkl", ".bin")


def content(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()


def git_blob(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def names():
    for directory, _, files in os.walk(FOLDER):
        for file in sorted(files):
            yield os.path.relpath(os.path.join(directory, file), FOLDER)


def entry(name):
    data = content(name)
    row = {"type": "file", "path": name, "size": len(data), "oid": git_blob(data)}
    if name.endswith(LFS):
        row["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
    return row


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, code, body, headers):
        self.send_response(code)
        for key, value in {"X-Repo-Commit": COMMIT, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def json(self, value):
        self.answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def file(self, name):
        if name not in names():
            return self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        data = content(name)
        etag = hashlib.sha256(data).hexdigest() if name.endswith(LFS) else git_blob(data)
        headers = {"ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        if name.endswith(LFS):
            headers |= {"X-Linked-ETag": f'"{etag}"', "X-Linked-Size": str(len(data))}
        return self.answer(200, data, headers)

    def do_GET(self):
        path = urllib.parse.unquote(urllib.parse.urlparse(self.path).path)
        if "/resolve/" in path:
            self.file(path.split("/resolve/")[1].split("/", 1)[1])
        elif "/tree/" in path:
            self.json([entry(name) for name in names()])
        elif path.startswith("/api/models/"):
            files = [{"rfilename": name} for name in names()]
            self.json({"id": REPOSITORY, "modelId": REPOSITORY, "sha": COMMIT, "siblings": files, "tags": []})
        else:
            self.answer(404, b"", {})

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
