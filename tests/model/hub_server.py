"""A server with the routes of the Hugging Face hub, on loopback, that can fail in the ways the real one does."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Repo:
    """What the server serves under one repo id, and how it misbehaves."""

    files: dict[str, bytes]
    revisions: dict[str, str] = field(default_factory=lambda: {"main": COMMIT})
    gated: bool = False
    cuts: int = 0
    """How many answers with a body end in the middle of a large file."""
    reset: bool = False
    """Cut with a TCP reset, not with an orderly close."""
    corrupt: set[str] = field(default_factory=set)
    """Files whose bodies have a flipped byte."""
    ranges: bool = True
    """False: Range is ignored, as behind some proxies."""
    status: int = 200
    """Answered to every request, unless 200."""
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and Range of every request."""

    @classmethod
    def of(cls, folder: Path, **faults: Any) -> Repo:
        """Serve the files of a folder."""
        return cls({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}, **faults)

    def ranges_asked(self) -> list[str]:
        """Range headers that came, in order."""
        return [asked for method, _, asked in self.requests if method == "GET" and asked]


class Hub:
    """The server, for `with`."""

    def __init__(self, repos: dict[str, Repo]) -> None:
        self.repos = repos
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"repos": repos}))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Go away: the next connection is refused."""
        self.server.shutdown()
        self.server.server_close()


def is_large(name: str) -> bool:
    """Say whether the hub keeps a file with LFS."""
    return name.endswith(".safetensors")


def digest(name: str, content: bytes) -> str:
    """Hash a file as the hub names it: SHA-256 with LFS, git's SHA-1 of a blob without."""
    if is_large(name):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    repos: dict[str, Repo]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._route(body=False)

    def do_GET(self) -> None:
        self._route(body=True)

    def _route(self, *, body: bool) -> None:
        parts = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
        api = parts[:2] == ["api", "models"]
        parts = parts[2:] if api else parts
        repo = self.repos.get("/".join(parts[:2]))
        if repo is None:
            return self._error(401 if api else 404, "RepoNotFound")
        repo.requests.append((self.command, self.path, self.headers.get("Range", "")))
        if repo.status != 200:
            return self._error(repo.status, "")
        kind, revision, rest = (*parts[2:4], "/".join(parts[4:])) if len(parts) > 3 else ("revision", "main", "")
        commit = repo.revisions.get(revision, revision if revision in repo.revisions.values() else None)
        if commit is None:
            return self._error(404, "RevisionNotFound")
        if kind == "revision":
            return self._json(self._info(repo, "/".join(parts[:2]), commit))
        if kind == "tree":
            return self._json([self._entry(name, content) for name, content in repo.files.items()])
        return self._file(repo, commit, rest, body)

    def _info(self, repo: Repo, repo_id: str, commit: str) -> dict[str, Any]:
        siblings = []
        for name, content in repo.files.items():
            entry = self._entry(name, content)
            siblings.append({"rfilename": name, "size": len(content), "blobId": entry["oid"]})
            if "lfs" in entry:
                siblings[-1]["lfs"] = {"sha256": entry["lfs"]["oid"], "size": len(content), "pointerSize": 134}
        return {"id": repo_id, "modelId": repo_id, "sha": commit, "siblings": siblings, "tags": []}

    def _entry(self, name: str, content: bytes) -> dict[str, Any]:
        entry = {"type": "file", "path": name, "size": len(content), "oid": digest("", content)}
        if is_large(name):
            entry["lfs"] = {"oid": digest(name, content), "size": len(content), "pointerSize": 134}
        return entry

    def _file(self, repo: Repo, commit: str, name: str, body: bool) -> None:
        if repo.gated:
            return self._error(401, "GatedRepo")
        if name not in repo.files:
            return self._error(404, "EntryNotFound")
        content = repo.files[name]
        first = 0
        if (asked := self.headers.get("Range")) and repo.ranges:
            first = int(asked.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if first else 200)
        self.send_header("X-Repo-Commit", commit)
        self.send_header("ETag", f'"{digest(name, content)}"')
        if is_large(name):
            self.send_header("X-Linked-Etag", f'"{digest(name, content)}"')
            self.send_header("X-Linked-Size", str(len(content)))
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        if not body:
            return None
        if name in repo.corrupt:
            content = content[:-1] + bytes([content[-1] ^ 1])
        return self._send(repo, content[first:], may_cut=is_large(name))

    def _send(self, repo: Repo, content: bytes, *, may_cut: bool) -> None:
        if not may_cut or repo.cuts == 0:
            self.wfile.write(content)
            return
        repo.cuts -= 1
        self.wfile.write(content[: len(content) // 3])
        self.wfile.flush()
        if repo.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _json(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _error(self, status: int, code: str) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()
