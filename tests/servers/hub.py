"""A Hugging Face endpoint on loopback that serves the repositories of a folder: FOLDER/ORGANISATION/NAME/files.

Usage: hub.py FOLDER. Prints its port on the first line and serves until its standard input closes.
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

FOLDER = sys.argv[1]
COMMIT = "c0ffee" * 6 + "beef"
LFS = (".safetensors", ".pt", ".pkl", ".bin")


def content(repository, name):
    with open(os.path.join(FOLDER, repository, name), "rb") as file:
        return file.read()


def git_blob(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def names(repository):
    top = os.path.join(FOLDER, repository)
    for directory, _, files in os.walk(top):
        for file in sorted(files):
            yield os.path.relpath(os.path.join(directory, file), top)


def entry(repository, name):
    data = content(repository, name)
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

    def file(self, repository, name):
        if name not in names(repository):
            return self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        data = content(repository, name)
        etag = hashlib.sha256(data).hexdigest() if name.endswith(LFS) else git_blob(data)
        headers = {"ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        if name.endswith(LFS):
            headers |= {"X-Linked-ETag": f'"{etag}"', "X-Linked-Size": str(len(data))}
        return self.answer(200, data, headers)

    def do_GET(self):
        path = urllib.parse.unquote(urllib.parse.urlparse(self.path).path)
        repository = "/".join(path.removeprefix("/api/models").split("/")[1:3])
        if "/resolve/" in path:
            self.file(repository, path.split("/resolve/")[1].split("/", 1)[1])
        elif "/tree/" in path:
            self.json([entry(repository, name) for name in names(repository)])
        elif path.startswith("/api/models/"):
            files = [{"rfilename": name} for name in names(repository)]
            self.json({"id": repository, "modelId": repository, "sha": COMMIT, "siblings": files, "tags": []})
        else:
            self.answer(404, b"", {})

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
