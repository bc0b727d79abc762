"""torch: checkpoints of every tensor type, modules, optimizers, in the zip, old and script formats, and torch.export."""

import collections
import warnings

import numpy as np
import torch
from torch import nn
from torch.nn.utils import prune

from . import pickles

DTYPES = (
    "float32 float64 float16 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool complex64 complex128 "
    "float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz"
).split()

MODULES = {
    "linear": lambda: nn.Linear(4, 2),
    "mlp": lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 2), nn.Softmax(-1)),
    "conv": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.GELU(), nn.MaxPool2d(2), nn.Flatten()),
    "conv-1d-3d": lambda: nn.ModuleList([nn.Conv1d(1, 2, 3), nn.Conv3d(1, 2, 3), nn.ConvTranspose2d(2, 2, 3)]),
    "lstm": lambda: nn.LSTM(3, 5, num_layers=2, bidirectional=True),
    "gru": lambda: nn.ModuleDict({"gru": nn.GRU(3, 5), "rnn": nn.RNN(3, 5), "cell": nn.LSTMCell(3, 5)}),
    "transformer": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2),
    "whole-transformer": lambda: nn.Transformer(8, 2, 1, 1, 16),
    "attention": lambda: nn.MultiheadAttention(8, 2),
    "embedding": lambda: nn.ModuleList([nn.Embedding(10, 3, padding_idx=0), nn.EmbeddingBag(10, 3)]),
    "norms": lambda: nn.ModuleList([nn.LayerNorm(4), nn.GroupNorm(2, 4), nn.InstanceNorm1d(4), nn.RMSNorm(4)]),
    "activations": lambda: nn.Sequential(
        *[getattr(nn, name)() for name in "ReLU ELU SELU CELU GELU SiLU Mish Tanh Sigmoid Softplus LeakyReLU PReLU "
          "Hardswish Hardtanh LogSigmoid Softsign Tanhshrink Hardsigmoid ReLU6 RReLU Identity".split()]
    ),
    "pools": lambda: nn.Sequential(nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool1d(1), nn.LPPool2d(2, 2)),
    "shapes": lambda: nn.Sequential(nn.Unflatten(1, (2, 2)), nn.PixelShuffle(2), nn.Upsample(scale_factor=2), nn.ZeroPad2d(1)),
    "losses": lambda: nn.ModuleList([nn.MSELoss(), nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss(), nn.HuberLoss()]),
    "parameters": lambda: nn.ParameterDict({"a": nn.Parameter(torch.ones(2)), "b": nn.Parameter(torch.zeros(1))}),
    "parallel": lambda: nn.DataParallel(nn.Linear(2, 2)),
    "bilinear": lambda: nn.ModuleList([nn.Bilinear(2, 3, 4), nn.CosineSimilarity(), nn.PairwiseDistance()]),
    "normed": lambda: nn.utils.parametrizations.weight_norm(nn.Linear(3, 3)),
    "spectral": lambda: nn.utils.spectral_norm(nn.Linear(3, 3)),
    "pruned": lambda: prune.l1_unstructured(nn.Linear(4, 4), "weight", 0.5),
}

SCHEDULES = torch.optim.lr_scheduler

OPTIMIZERS = "SGD Adam AdamW RMSprop Adagrad Adadelta Adamax NAdam RAdam ASGD Rprop LBFGS".split()


TENSORS = {
    **{f"tensor-{dtype}": lambda dtype=dtype: torch.ones(3, 4).to(getattr(torch, dtype)) for dtype in DTYPES},
    "sparse": lambda: torch.eye(4).to_sparse(),
    "sparse-csr": lambda: torch.eye(4).to_sparse_csr(),
    "strided-views": lambda: [t := torch.arange(12.0).reshape(3, 4), t.t(), t[1:], t[:, ::2]],
    "gradient": lambda: torch.ones(2, requires_grad=True),
    "quantized": lambda: torch.quantize_per_tensor(torch.rand(3), 0.1, 0, torch.qint8),
    "quantized-channels": lambda: torch.quantize_per_channel(torch.rand(2, 2), torch.tensor([0.1, 0.2]), torch.tensor([0, 0]), 0, torch.qint8),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "conjugated": lambda: torch.ones(2, dtype=torch.complex64).conj(),
    "meta": lambda: torch.empty(3, device="meta"),
    "buffer": lambda: nn.Buffer(torch.ones(2)),
    "attributed": lambda: setattr(t := torch.ones(2), "note", "kept") or t,
    "storage": lambda: torch.ones(3).untyped_storage(),
    "typed-storage": lambda: torch.FloatStorage([1.0, 2.0]),
    "types": lambda: {"dtype": torch.float16, "device": torch.device("cpu"), "size": torch.Size([1, 2]), "layout": torch.strided},
    "random-state": lambda: {"torch": torch.get_rng_state(), "numpy": np.random.get_state()},
    "generator": lambda: torch.Generator().get_state(),
    "return-types": lambda: torch.max(torch.rand(3, 3), dim=0),
}


def _trained(name):
    model = nn.Linear(4, 2)
    optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

    def loss():
        optimizer.zero_grad()
        value = model(torch.ones(1, 4)).sum()
        value.backward()
        return value

    optimizer.step(loss)
    return model, optimizer


def _state(model, optimizer):
    return {"epoch": 3, "model": model.state_dict(), "optimizer": optimizer.state_dict(), "loss": 0.5}


CHECKPOINTS = {
    **{f"state-{name}": lambda name=name: _state(*_trained(name)) for name in OPTIMIZERS},
    **{f"optimizer-{name}": lambda name=name: _trained(name)[1] for name in OPTIMIZERS},
    "schedule": lambda: {"s": SCHEDULES.StepLR(_trained("Adam")[1], 3).state_dict(), "c": SCHEDULES.CosineAnnealingLR(_trained("Adam")[1], 3).state_dict()},
    "schedules": lambda: [SCHEDULES.StepLR(_trained("Adam")[1], 3), SCHEDULES.ReduceLROnPlateau(_trained("Adam")[1]), SCHEDULES.LinearLR(_trained("Adam")[1])],
    "averaged": lambda: torch.optim.swa_utils.AveragedModel(nn.Linear(2, 2)),
    "scaler": lambda: torch.amp.GradScaler("cpu").state_dict(),
    "mixed": lambda: {"numpy": np.arange(3.0), "scalar": np.float32(1), "args": collections.OrderedDict(a=1), "t": [torch.ones(1)]},
    "shared": lambda: {"a": (w := torch.ones(3, 3)), "b": w, "c": w[0]},
    "dataset": lambda: torch.utils.data.TensorDataset(torch.ones(4, 2), torch.zeros(4)),
    "loader": lambda: torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(4, 2))),
    "distribution": lambda: [torch.distributions.Normal(0.0, 1.0), torch.distributions.Categorical(torch.ones(3) / 3)],
    "packed": lambda: nn.utils.rnn.pack_padded_sequence(torch.ones(3, 2, 1), torch.tensor([3, 2])),
}


def _save(value, **options):
    return lambda path: torch.save(value, path, **options)


def _script(model, sample):
    return lambda path: torch.jit.trace(model.eval(), sample).save(path)


class Gate(nn.Module):
    """Has control flow, so that scripting keeps it."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor, times: int = 2) -> torch.Tensor:
        for _ in range(times):
            if x.sum() > 0:
                x = self.inner(x)
        return x


def make(collection):
    warnings.simplefilter("ignore")
    for index, (name, value) in enumerate(_built(collection, {**TENSORS, **CHECKPOINTS})):
        protocol = 2 + index % 4
        collection.add("torch", f"{name}.pt", "torch-zip", _save(value))
        collection.add("torch", f"{name}.p{protocol}.bin", "torch-zip", _save({"value": value}, pickle_protocol=protocol))
        collection.add("torch", f"{name}.legacy.pth", "torch-legacy", _save(value, _use_new_zipfile_serialization=False))
        pickles.some(collection, "torch", f"plain-{name}", value, 1)
    for name, model in _built(collection, MODULES):
        collection.add("torch", f"module-{name}.pt", "torch-zip", _save(model))
        collection.add("torch", f"module-{name}.ckpt", "torch-zip", _save({"state_dict": model.state_dict(), "hyper": {"n": 1}}))
        collection.add("torch", f"module-{name}.legacy.pth", "torch-legacy", _save(model, _use_new_zipfile_serialization=False))
        pickles.some(collection, "torch", f"module-{name}", model, 1)
    _compiled(collection)


def _built(collection, table):
    """Each value of the table that this version of torch can make."""
    for name, build in table.items():
        try:
            value = build()
        except Exception as error:
            collection.failures.append(("torch", name, str(error).splitlines()[0]))
            continue
        yield name, value


def _compiled(collection):
    samples = {"mlp": torch.ones(1, 4), "conv": torch.ones(1, 3, 8, 8), "lstm": torch.ones(2, 1, 3)}
    for name, sample in samples.items():
        model = MODULES[name]()
        collection.add("torch", f"traced-{name}.pt", "torchscript", _script(model, sample))
        collection.add("torch", f"exported-{name}.pt2", "torch-export", _exported(model, sample))
        scripted = torch.jit.script(MODULES[name]().eval())
        collection.add("torch", f"scripted-{name}.pt", "torchscript", scripted.save)
        collection.add("torch", f"frozen-{name}.pt", "torchscript", torch.jit.freeze(scripted).save)
        collection.add("torch", f"mobile-{name}.ptl", "torchscript", lambda path, s=scripted: s._save_for_lite_interpreter(str(path)))
    collection.add("torch", "scripted-gate.pt", "torchscript", torch.jit.script(Gate()).save)
    held = torch.jit.script(nn.Linear(2, 2))
    collection.add("torch", "scripted-extra.pt", "torchscript", lambda path: torch.jit.save(held, path, _extra_files={"labels.txt": "a\nb"}))


def _exported(model, sample):
    return lambda path: torch.export.save(torch.export.export(model.eval(), (sample,)), path)
