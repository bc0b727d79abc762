"""Values of Python's own library, as checkpoints and data sets hold them."""

import argparse
import array
import collections
import datetime
import decimal
import enum
import fractions
import functools
import http
import ipaddress
import operator
import pathlib
import random
import re
import string
import time
import types
import uuid
import zoneinfo

from . import pickles


def values():
    moment = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.timezone.utc)
    zone = zoneinfo.ZoneInfo("Europe/Berlin")
    ordered = collections.OrderedDict(b=1, a=[2, 3])
    yield "plain", {"list": [1, 2.5, None, True, "text", b"bytes", 10**40, -1, 1 + 2j], "tuple": (1, (2,)), "set": {1}}
    yield "containers", [ordered, collections.Counter("banana"), collections.deque([1, 2], 5), frozenset({1, 2})]
    yield "defaultdicts", [collections.defaultdict(list, a=[1]), collections.defaultdict(int, b=2)]
    yield "mappings", [collections.ChainMap({"a": 1}, {"b": 2}), collections.UserDict(a=1), collections.UserList([1])]
    yield "user-string", collections.UserString("text")
    yield "bytes", {"bytearray": bytearray(b"abc"), "bytes": bytes(range(256)), "empty": b""}
    yield "arrays", [array.array("d", [1.0, 2.0]), array.array("i", [1, 2]), array.array("B", [0, 255])]
    yield "times", [moment, moment.date(), moment.time(), moment - moment, datetime.timedelta(days=2, seconds=3)]
    yield "zones", [moment.astimezone(zone), zone, datetime.timezone(datetime.timedelta(hours=5), "x")]
    yield "numbers", [decimal.Decimal("1.10"), fractions.Fraction(2, 3), range(1, 10, 2), slice(1, 5), Ellipsis]
    yield "decimal-context", decimal.Context(prec=10)
    yield "ids", [uuid.uuid5(uuid.NAMESPACE_DNS, "example.org"), uuid.UUID(int=7)]
    yield "addresses", [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_address("::1")]
    yield "interfaces", [ipaddress.ip_interface("10.0.0.1/8"), ipaddress.ip_interface("::1/64")]
    yield "paths", [pathlib.PurePosixPath("models/a.bin"), pathlib.Path("checkpoints"), pathlib.PureWindowsPath("c:/m")]
    yield "patterns", [re.compile(r"\d+"), re.compile(rb"[a-z]", re.IGNORECASE), re.compile("a|b", re.X)]
    yield "flags", [re.IGNORECASE | re.DOTALL, http.HTTPStatus.OK, http.HTTPMethod.GET]
    yield "random", random.Random(3)
    yield "template", string.Template("$a of $b")
    yield "namespaces", [types.SimpleNamespace(lr=0.1, layers=[1, 2]), argparse.Namespace(epochs=3, device="cpu")]
    yield "struct-time", time.gmtime(0)
    yield "exceptions", [ValueError("bad"), KeyError("k"), RuntimeError(1, 2), StopIteration()]
    yield "oserror", [FileNotFoundError(2, "No such file", "model.bin"), TimeoutError("late")]
    yield "partials", [functools.partial(int, base=2), functools.partial(sorted, reverse=True)]
    yield "builtin-functions", [len, max, min, sum, abs, round, sorted]
    yield "types", [int, str, dict, list, float, bool, bytes, type(None), object]
    yield "getters", [operator.add, operator.mul, operator.lt, operator.neg]
    yield "shared", [ordered, ordered, {"again": ordered}]
    yield "deep", functools.reduce(lambda inner, _: [inner], range(200), [])
    yield "wide", [{"id": index, "score": index / 7, "tags": ["a", str(index)]} for index in range(2000)]
    yield "long-text", "ein Modell \N{SNOWMAN} " * 5000
    yield "words-that-alarm", ["os.system('id')", "__import__", "eval(", "cposix\nsystem\n", "subprocess.Popen"]
    yield "pickle-like-bytes", [b"\x80\x04\x95", b"cos\nsystem\n(S'id'\ntR.", b"PK\x03\x04", bytes(64)]


def make(collection):
    for name, value in values():
        pickles.some(collection, "python", name, value, 2)
    pickles.every(collection, "python", "config", {"model": collections.OrderedDict(w=[0.5] * 50), "epoch": 3})
