//! What a source does, told by its rules.

use assay_core::Location;

use super::{Entry, examine_source};
use crate::{Collected, Report};

fn facts(entry: Entry, source: &str) -> Collected {
    let mut facts = Collected::default();
    let mut report = Report::new(&mut facts, 100);
    let place = Location::file("x.py");
    if let Err(stop) = examine_source(source.as_bytes(), entry, &|offset| place.at(offset), &mut report) {
        report.gap(&place, &stop);
    }
    facts
}

fn rules(source: &str) -> Vec<String> {
    let facts = facts(Entry::Module, source);
    assert!(facts.gaps.is_empty(), "{source}: {:?}", facts.gaps);
    facts.rules().into_iter().map(str::to_owned).collect()
}

#[test]
fn what_runs_on_import_is_critical() {
    for source in [
        "import os\nos.system('id')\n",
        "from os import system as s\ns('id')\n",
        "import os as o\nclass A:\n    o.popen('id')\n",
        "import subprocess\n@subprocess.run\ndef f(): pass\n",
        "import os\ndef f(x=os.system('id')): pass\n",
        "import os\ndef f():\n    os.system('id')\nf()\n",
        "import os\ndef f():\n    def g():\n        os.system('id')\n    g()\nclass A(metaclass=f): pass\n",
        "import os, threading\ndef f():\n    os.system('id')\nthreading.Thread(target=f).start()\n",
        "import os, atexit\natexit.register(os.system, 'id')\n",
        "import os\nclass A:\n    def __init_subclass__(cls):\n        os.system('id')\nclass B(A): pass\n",
        "import os\nclass A:\n    def __del__(self):\n        os.system('id')\nA()\n",
        "import os\nx = [os.system(c) for c in ['id']]\n",
        "import os\ntry:\n    pass\nfinally:\n    os.system('id')\n",
        "from os import *\nsystem('id')\n",
        "import os\nf = print\nif f:\n    f = os.system\nf('id')\n",
        "import sys\nsys.modules['os'].system('id')\n",
        "__import__('os').system('id')\n",
        "import importlib\nimportlib.import_module('subprocess').run(['id'])\n",
        "import functools, os\nfunctools.partial(os.system, 'id')()\n",
        "import os\nlist(map(os.system, ['id']))\n",
        "(lambda f: f('id'))(__import__('os').system)\n",
        "exec('import os; os.system(\"id\")')\n",
        "eval('__import__(\"os\").system(\"id\")')\n",
        "exec(open('x').read())\n",
        "exec(compile('import os\\nos.system(\"id\")', 'x', 'exec'))\n",
        "import logging\nlogging.os.system('id')\n",
        "def f(): pass\nf.__globals__['__builtins__'].exec('import os; os.system(\"id\")')\n",
        "import os\nvars(os)['system']('id')\n",
        "import os\ndef pick():\n    return os.system\npick()('id')\n",
        "import os\nif True:\n    os.system('id')\n",
        "import os\n__name__ = '__main__'\nif __name__ == '__main__':\n    os.system('id')\n",
        "import os\nwith os.popen('id') as f: pass\n",
        "import operator, os\noperator.attrgetter('system')(os)('id')\n",
        "import os\nclass A:\n    def run(self): os.system('id')\na = A()\na.run()\n",
        "import os\nclass A:\n    def __init__(self): self.f = os.system\nA().f('id')\n",
        "import pip\npip.main(['install', 'x'])\n",
        "exec('import os as q')\nq.system('id')\n",
        "from shutil import os as o\no.system('id')\n",
        "import operator, os\noperator.methodcaller('system', 'id')(os)\n",
        "__builtins__.__dict__.get('exec')(open('x').read())\n",
        "import os\nclass D:\n    def __set_name__(self, o, n): os.system('id')\nclass A:\n    d = D()\n",
        "import os\nx: os.system('id') = 1\n",
        "import functools, os\nfunctools.reduce(lambda a, b: os.system(b), ['a', 'id'])\n",
    ] {
        assert_eq!(rules(source), ["python-code-on-import"], "{source}");
    }
}

#[test]
fn what_is_hidden_is_said_to_be_hidden() {
    for source in [
        "import os\ngetattr(os, 'sys' + 'tem')('id')\n",
        "getattr(__import__(''.join(map(chr, [111, 115]))), 'sys' + 'tem')('id')\n",
        "import base64\nexec(base64.b64decode('aW1wb3J0IG9z'))\n",
        "getattr(__builtins__, 'ev' + 'al')('1')\n",
        "import base64, zlib, marshal\nexec(marshal.loads(zlib.decompress(base64.b64decode('eJw='))))\n",
        "exec('so tropmi'[::-1])\n",
        "exec(bytes.fromhex('696d706f7274206f73'))\n",
        "import codecs\nexec(codecs.decode('vzcbeg bf', 'rot13'))\n",
        "exec(''.join(chr(c ^ 1) for c in [104, 108, 113, 110, 115, 117, 33, 110, 114]))\n",
        "import base64\ndef d(s):\n    return base64.b64decode(s).decode()\nexec(d(x))\n",
        "import base64\ndef never():\n    exec(base64.b64decode(x))\n",
        "().__class__.__base__.__subclasses__()[140]\n",
        "import types, marshal\ntypes.FunctionType(marshal.loads(b'x'), globals())()\n",
        "import os\ngetattr(os, f'sy{\"stem\"}')('id')\n",
        "import os\nos.__dict__['sys' 'tem'[:0] + 'system']('id')\n",
    ] {
        assert!(
            rules(source).contains(&"python-obfuscated-code".to_owned()),
            "{source}: {:?}",
            rules(source)
        );
    }
}

#[test]
fn what_a_loader_calls_is_high() {
    for source in [
        "import os\nclass EndpointHandler:\n    def __init__(self, path=''):\n        os.system('id')\n",
        "import os\nclass A(PreTrainedModel):\n    def forward(self, x):\n        self.go()\n    def go(self):\n        os.system('id')\n",
        "import os\nclass A:\n    def _split_generators(self, m):\n        helper()\ndef helper():\n    os.system('id')\n",
        "import os\nclass Base:\n    def __call__(self): os.system('id')\nclass MyModel(Base): pass\n",
        "import os\ndef handle(d, c):\n    os.system('id')\n",
        "import os\ndef __getattr__(n):\n    os.system('id')\n",
    ] {
        assert_eq!(rules(source), ["python-code-when-used"], "{source}");
    }
}

#[test]
fn tools_are_not_attacks() {
    for source in [
        "import subprocess\ndef main():\n    subprocess.run(['ls'])\nif __name__ == '__main__':\n    main()\n",
        "import os\nclass Git:\n    def __init__(self):\n        os.system('git pull')\n",
        "from typing import TYPE_CHECKING\nimport os\nif TYPE_CHECKING:\n    os.system('id')\n",
        "import os\nif False:\n    os.system('id')\n",
    ] {
        assert_eq!(rules(source), ["python-dormant-code"], "{source}");
    }
    for source in [
        "import torch, os, re\nfrom torch import nn\nx = re.compile('a')\np = os.path.join('a', 'b')\n",
        "import importlib\nm = importlib.import_module('.x', __name__)\n",
        "class A(nn.Module):\n    def forward(self, x):\n        return getattr(F, self.kind)(x)\n",
        "import sys\nsys.modules[__name__] = object()\n",
        "import subprocess\ntry:\n    pass\nexcept subprocess.CalledProcessError:\n    pass\n",
        "import json\nwith open('config.json') as f:\n    c = json.load(f)\n",
        "eval('1 + 2')\n",
        "import functools, subprocess\n@functools.lru_cache\ndef f():\n    return subprocess.run(['git', 'x'])\n",
        "class A(PreTrainedModel):\n    def f(self):\n        import subprocess\n        subprocess.Popen(['ffmpeg', self.x])\n",
        "class A:\n    def f(cls):\n        return [c() for c in cls.__subclasses__()]\n",
        "def f(x):\n    return chr(x).encode('utf-8').decode().lower()\n",
    ] {
        assert_eq!(rules(source), [] as [&str; 0], "{source}");
    }
}

#[test]
fn effects_are_told_by_where_they_stand() {
    for (source, rule) in [
        ("import socket\nsocket.socket().connect(('192.0.2.1', 1))\n", "python-effect-on-import"),
        ("import requests\nrequests.post('http://192.0.2.1', data=1)\n", "python-effect-on-import"),
        ("import pickle\npickle.load(open('x', 'rb'))\n", "python-effect-on-import"),
        ("import ctypes\nctypes.CDLL('x.so')\n", "python-effect-on-import"),
        ("import torch\ntorch.load('x', weights_only=False)\n", "python-effect-on-import"),
        ("import torch\ntorch.hub.load('x/y', 'z')\n", "python-effect-on-import"),
        ("import sys\nsys.meta_path.insert(0, x)\n", "python-effect-on-import"),
        ("import os\nopen(os.path.expanduser('~/.ssh/id_rsa')).read()\n", "python-reads-secret"),
        ("open('/tmp/x', 'w')\n", "python-side-effect"),
        ("from pathlib import Path\nPath.home() / '.ssh' / 'config'\n", "python-reads-secret"),
        ("import os\nopen(os.path.join(h, '.bashrc'))\n", "python-reads-secret"),
        (
            "import importlib.util as u\ns = u.spec_from_file_location('x', 'w.bin')\ns.loader.exec_module(s)\n",
            "python-effect-on-import",
        ),
        (
            "class A(PreTrainedModel):\n    def forward(self):\n        B.from_pretrained('x', trust_remote_code=True)\n",
            "python-side-effect",
        ),
    ] {
        assert_eq!(rules(source), [rule], "{source}");
    }
}

#[test]
fn what_python_cannot_parse_is_looked_at_and_never_clean() {
    let facts = facts(Entry::Module, "import os\nprint 'x'\nos.system('id')\n");
    assert_eq!(facts.rules(), ["python-code-on-import"]);
    assert_eq!(facts.gaps.len(), 1);
}

#[test]
fn deep_and_long_sources_end() {
    for source in [
        format!("x = {}1{}\n", "(".repeat(60), ")".repeat(60)),
        format!("x = a{}\n", ".b(1)".repeat(95)),
        format!("x = {}1\n", "not ".repeat(60)),
        format!("x = 1{}\n", " + 1".repeat(190)),
        (0..30).map(|at| format!("{}def f{at}():\n", " ".repeat(at))).collect::<String>()
            + &" ".repeat(30)
            + "f29()\n",
        format!("x = {}1{}\n", "f(lambda: ".repeat(20), ")".repeat(20)),
    ] {
        assert!(facts(Entry::Module, &source).gaps.is_empty(), "{}", &source[..40]);
    }
    let doubling = "a = 'x' * 100000\n".to_owned() + &"a = a + a\n".repeat(60);
    assert!(facts(Entry::Module, &doubling).gaps.is_empty());
    let many = (0..2000)
        .map(|at| format!("def f{at}(x):\n    return f{}(x) + f{}(x)\n", at + 1, at + 2))
        .collect::<String>();
    assert!(facts(Entry::Module, &(many + "f0(1)\n")).gaps.is_empty());
}
